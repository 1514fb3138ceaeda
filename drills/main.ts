import { runCommand } from '../bench/harness/command.ts';
import { engineCrash } from './engine-crash/crash.ts';
import { engineOutage } from './engine-outage/outage.ts';
import { kill } from './kill/kill.ts';

await runCommand(
  'npm run drill --',
  { kill, 'engine-outage': engineOutage, 'engine-crash': engineCrash },
  process.argv.slice(2),
);
