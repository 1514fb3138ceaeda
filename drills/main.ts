import { runCommand } from '../bench/harness/command.ts';
import { kill } from './kill/kill.ts';

await runCommand('npm run drill --', { kill }, process.argv.slice(2));
