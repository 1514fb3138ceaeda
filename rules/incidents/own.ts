/** What stops rules as such is one incident each, whatever the number of rules that it concerns. Routes say who is told. */
import type { TickOutcome, Transition } from '../../model/evaluation.ts';
import type { Rule, RuleSet } from '../../model/rule.ts';
import type { Draft } from './draft.ts';
import { foldTransition, keyOf } from './transitions.ts';

/** The names under which they are routed and silenced: `alertname="loopwatch-data-source"`. */
const SOURCE_RULE = 'loopwatch-data-source';
const FILES_RULE = 'loopwatch-rule-files';
const FINGERPRINT = '0000000000000000';
/** Files that are named in a summary. */
const MOST_NAMED = 3;

/** Whether an incident is one of these and not of a rule in a file. */
export const isOwn = (rule: string): boolean => rule === SOURCE_RULE || rule === FILES_RULE;

/** One thing that can be wrong. */
interface Trouble {
  name: string;
  severity: string;
  /** '' while all is well. */
  summary: string;
  description: string;
}

/** Opens, keeps or ends these incidents. */
export function foldOwn(draft: Draft, { t, sourceDown, badFiles = '' }: TickOutcome): void {
  foldTrouble(draft, t, {
    name: SOURCE_RULE,
    severity: 'page',
    summary: sourceDown && `Rules cannot look at the data: ${sourceDown}`,
    description: 'Every rule holds its state until the data source answers again.',
  });
  foldTrouble(draft, t, {
    name: FILES_RULE,
    severity: 'warning',
    summary: badFiles,
    description: 'What was good last stays in force. `npm run rules -- check` tells every mistake.',
  });
}

/** Says which files are wrong; '' when none is. */
export function badFilesOf({ problems }: RuleSet): string {
  const files = [...new Set(problems.map(({ file }) => file))];
  if (files.length === 0) return '';
  const named = files.slice(0, MOST_NAMED).join(', ');
  const more = files.length > MOST_NAMED ? ` and ${files.length - MOST_NAMED} more` : '';
  const { file, line, message } = problems[0]!;
  return `Rule files have mistakes and are not in force: ${named}${more}. First: ${file}:${line} ${message}`;
}

function foldTrouble(draft: Draft, t: number, { name, severity, summary, description }: Trouble): void {
  const current = draft.get(keyOf(name, {}));
  const isOpen = current !== undefined && current.status !== 'resolved';
  if ((summary !== '') === isOpen) return;
  const labels = { severity };
  const transition: Transition = {
    rule: name,
    fingerprint: FINGERPRINT,
    labels,
    at: t,
    from: isOpen ? 'firing' : 'inactive',
    to: isOpen ? 'inactive' : 'firing',
    episode: 1,
    reason: 'condition',
    flapping: false,
    branches: [],
    samples: {},
    summary,
    description,
  };
  foldTransition(draft, transition, { ...RULE, name, labels });
}

const RULE: Omit<Rule, 'name' | 'labels'> = {
  previously: [],
  owner: '',
  mode: 'active',
  every: 0,
  delay: 0,
  summary: '',
  description: '',
  runbook: '',
  signals: {},
  if: { kind: 'all', id: 'if', for: 0, of: [] },
  keepFiringFor: 0,
  onNoData: { state: 'keep', for: 0, then: 'keep' },
  onError: { state: 'keep', for: 0, then: 'keep' },
  then: [],
  else: [],
  file: '',
  line: 0,
  version: '',
};
