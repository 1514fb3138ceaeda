import { detection } from './detection/detection.ts';
import { demo } from './footprint/demo.ts';
import { footprint } from './footprint/footprint.ts';
import { runCommand } from './harness/command.ts';
import { ingest } from './ingest/ingest.ts';
import { rules } from './rules/rules.ts';
import { query } from './store/query.ts';
import { storage } from './store/storage.ts';
import { synthetics } from './synthetics/synthetics.ts';

await runCommand(
  'npm run bench --',
  { ingest, query, storage, rules, footprint, detection, synthetics, demo },
  process.argv.slice(2),
);
