/** What the doctor looks at around rules: their files, secrets, state, receivers. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../../base/errors.ts';
import { readSecret } from '../../base/secrets.ts';
import { formatDuration, formatSize } from '../../base/units.ts';
import type { RuleSet } from '../../model/rule.ts';
import { readDefaultRules, readRulesFolder } from '../../rules/language/folder.ts';
import { loadRules } from '../../rules/language/load.ts';
import { inspectState, type StateInspection } from '../../store/state/inspect.ts';
import { counted, type Finding } from './finding.ts';
import type { Check, Patient } from './patient.ts';

const MOST_TOLD = 5;
const LATE_MS = 300_000;

export const rulesCheck: Check = {
  name: 'Rules',
  look: (patient): Finding[] => {
    const set = loaded(patient);
    return [files(patient, set), secrets(patient, set)];
  },
};

function loaded({ config }: Patient): RuleSet {
  const folder = config['rules-folder'];
  const shipped = config['default-rules'] ? readDefaultRules(folder).rules : [];
  return loadRules([...readRulesFolder(folder).rules, ...shipped]).set;
}

function files({ config }: Patient, { rules, problems }: RuleSet): Finding {
  const name = 'Rules';
  const folder = config['rules-folder'];
  if (problems.length > 0)
    return {
      ...{
        name,
        verdict: 'bad',
        says: `${counted(problems.length, 'mistake')} in ${folder}: ${told(problems.map(({ file, line, message }) => `${file}:${line} ${message}`))}`,
      },
      propose: `npm run rules -- check --folder ${folder}`,
    };
  const where = existsSync(folder) ? folder : `${folder} (not there)`;
  const shipped = config['default-rules'] ? ' and the shipped ones' : '';
  return { name, verdict: 'ok', says: `${counted(rules.length, 'rule')}, those of ${where}${shipped}` };
}

function secrets({ env }: Patient, { receivers, hooks }: RuleSet): Finding {
  const name = 'Secrets';
  const references = new Set([
    ...receivers.flatMap(({ secrets, headers }) => [...secrets, ...Object.values(headers)]),
    ...hooks.flatMap(({ to }) => (to.kind === 'http' ? to.secrets : [to.token])),
  ]);
  const wanted = [...references].filter((reference) => /^(?:env|file):/.test(reference));
  const missing = wanted.flatMap((reference) => {
    try {
      readSecret(reference, env);
      return [];
    } catch (thrown) {
      return [messageOf(thrown)];
    }
  });
  if (missing.length > 0)
    return {
      ...{ name, verdict: 'bad', says: told(missing) },
      propose: 'Set them where Loopwatch is started; run the doctor with the same environment.',
    };
  return {
    ...{ name, verdict: 'ok' },
    says:
      wanted.length === 0
        ? 'receivers and hooks refer to none'
        : `all ${wanted.length} of receivers and hooks are there`,
  };
}

export const stateCheck: Check = {
  name: 'State',
  look: ({ folder, now }): Finding | Finding[] => {
    const name = 'State';
    const file = join(folder, 'state.db');
    if (!existsSync(file)) return { name, verdict: 'skipped', says: 'there is none yet' };
    let seen: StateInspection;
    try {
      seen = inspectState(file);
    } catch (thrown) {
      return {
        ...{ name, verdict: 'bad', says: `${file} cannot be read: ${messageOf(thrown)}` },
        propose:
          'Restore it from a backup, or move it away: open incidents are found again, their history is lost.',
      };
    }
    return [state(name, seen), receivers(seen, now)];
  },
};

function state(name: string, { bytes, complaints, step, known }: StateInspection): Finding {
  if (complaints.length > 0)
    return {
      ...{ name, verdict: 'bad', says: `state.db is damaged: ${told(complaints)}` },
      propose:
        'Restore it from a backup, or move it away: open incidents are found again, their history is lost.',
    };
  if (step > known)
    return {
      ...{ name, verdict: 'bad', says: 'state.db was written by a newer Loopwatch' },
      propose: 'Start that release, or use another data folder.',
    };
  return { name, verdict: 'ok', says: `state.db is sound, ${formatSize(bytes)}` };
}

function receivers({ receivers }: StateInspection, now: number): Finding {
  const name = 'Receivers';
  const dead = receivers.filter((one) => one.dead > 0);
  if (dead.length > 0)
    return {
      ...{
        name,
        verdict: 'bad',
        says: `messages that could not be delivered: ${told(dead.map((one) => `${one.receiver} ${one.dead}`))}`,
      },
      propose: 'See the page /settings/receivers: mend the receiver, then send them again there.',
    };
  const late = receivers.filter(({ oldest }) => oldest !== null && now - oldest > LATE_MS);
  if (late.length > 0)
    return {
      ...{ name, verdict: 'watch' },
      says: `messages wait: ${told(late.map((one) => `${one.receiver} ${one.waiting}, for ${formatDuration(now - one.oldest!)}`))}`,
      propose: 'See whether the receiver answers; they are tried again by themselves.',
    };
  return { name, verdict: 'ok', says: 'every message was delivered' };
}

/** The first few. */
function told(texts: readonly string[]): string {
  const more = texts.length > MOST_TOLD ? `; and ${texts.length - MOST_TOLD} more` : '';
  return texts.slice(0, MOST_TOLD).join('; ') + more;
}
