import { footprint } from './footprint/footprint.ts';
import { runCommand } from './harness/command.ts';
import { ingest } from './ingest/ingest.ts';

await runCommand('npm run bench --', { ingest, footprint }, process.argv.slice(2));
