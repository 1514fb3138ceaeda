/** `npm run doctor`: looks, says, proposes. */
import { messageOf, Problem } from '../../base/errors.ts';
import { readConfig } from '../config.ts';
import type { Config } from '../settings.ts';
import { examine } from './doctor.ts';
import { type Finding, findingsText, summaryText } from './finding.ts';
import { admit } from './patient.ts';

const EXIT = { ok: 0, bad: 1, usage: 2 };
const HELP = `Looks at Loopwatch and its data, at work or at rest: says what it sees and proposes what to do. Changes nothing.

Usage: npm run doctor -- [--json] [settings]

  --json   for programs: {"findings":[{"name","verdict","says","propose"}]}

Settings are those of "npm start": give it the same. A verdict is ok, watch, bad or skipped; docs/operations.md says what
each thing means.

Exit codes: 0 nothing is bad, 1 something is, 2 wrong usage.
`;

process.exitCode = await main(process.argv.slice(2), process.env);

async function main(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const json = args.includes('--json');
  let config: Config | 'help';
  try {
    config = readConfig({ args: args.filter((arg) => arg !== '--json'), env });
  } catch (thrown) {
    process.stderr.write(`${messageOf(thrown)}\n`);
    return EXIT.usage;
  }
  if (config === 'help') {
    process.stdout.write(HELP);
    return EXIT.ok;
  }
  try {
    const { patient, discharge } = await admit(config, env);
    const settings: Finding = { name: 'Settings', verdict: 'ok', says: 'they can be read, and fit together' };
    const findings = [settings, ...(await examine(patient).finally(discharge))];
    const colours = process.stdout.isTTY === true && (env.NO_COLOR ?? '') === '';
    process.stdout.write(
      json
        ? `${JSON.stringify({ findings }, null, 2)}\n`
        : `${findingsText(findings, colours)}\n${summaryText(findings)}`,
    );
    return findings.some(({ verdict }) => verdict === 'bad') ? EXIT.bad : EXIT.ok;
  } catch (thrown) {
    process.stderr.write(
      `${thrown instanceof Problem ? thrown.message : `It failed: ${messageOf(thrown)}`}\n`,
    );
    return EXIT.bad;
  }
}
