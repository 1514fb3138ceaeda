import { runCommand } from './harness/command.ts';
import { ingest } from './ingest/ingest.ts';

await runCommand('npm run bench --', { ingest }, process.argv.slice(2));
