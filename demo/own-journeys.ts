/** The folder of journeys of the demo's product: the one that buys in the shop, whose address is known at the start only. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const JOURNEY = 'shop.journey.ts';
const EXAMPLES = fileURLToPath(new URL('../synthetics/examples/', import.meta.url));
const USUAL_URL = 'http://localhost:8091';

/** Writes the folder anew. */
export function writeJourneys(folder: string, shopUrl: string): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const text = readFileSync(join(EXAMPLES, JOURNEY), 'utf8');
  writeFileSync(join(folder, JOURNEY), text.replaceAll(USUAL_URL, shopUrl));
}
