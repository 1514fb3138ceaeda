/** The rules folder of the demo's product: the files of `rules/`, the shop's SLOs, and where they may call, which is known at the start only. */
import { copyFileSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HOOK, WEBHOOK } from './control/api.ts';

const FOLDER = fileURLToPath(new URL('rules/', import.meta.url));
const SLOS = fileURLToPath(new URL('slos.yaml', import.meta.url));

/**
 * Writes the folder anew. @param controlUrl of the control API, which has the scaling hook and takes webhooks
 * @returns names of the rules
 */
export function writeRules(folder: string, controlUrl: string): string[] {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const files = readdirSync(FOLDER).filter((file) => file.endsWith('.yaml'));
  for (const file of files) copyFileSync(join(FOLDER, file), join(folder, file));
  copyFileSync(SLOS, join(folder, 'slos.yaml'));
  const { port } = new URL(controlUrl);
  const own = `http://127.0.0.1:${port}`;
  writeFileSync(
    join(folder, 'shop.yaml'),
    `# The shop of this demo.
receivers:
  - { name: demo, url: "${own}${WEBHOOK}", payload: incident.v1, allow_private: [127.0.0.1] }
hooks:
  - { name: shop, url: "${own}${HOOK}", timeout: 5s, allow_private: [127.0.0.1] }
`,
  );
  return files.map((file) => file.replace('.yaml', ''));
}
