import { runCommand } from '../bench/harness/command.ts';
import { bombs } from './bombs/bombs.ts';
import { fuzz } from './fuzz/fuzz.ts';
import { kill } from './kill/kill.ts';

await runCommand('npm run drill --', { bombs, fuzz, kill }, process.argv.slice(2));
