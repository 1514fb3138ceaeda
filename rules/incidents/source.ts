/** The data source as a whole does not answer: one incident, whatever the number of rules that cannot be evaluated. */
import type { TickOutcome, Transition } from '../../model/evaluation.ts';
import type { Rule } from '../../model/rule.ts';
import type { Draft } from './draft.ts';
import { foldTransition, keyOf } from './transitions.ts';

/** The name under which it is routed and silenced: `alertname="loopwatch-data-source"`. */
export const SOURCE_RULE = 'loopwatch-data-source';
const FINGERPRINT = '0000000000000000';

/** Opens, keeps or ends the incident of the data source. Routes say who is told. */
export function foldSource(draft: Draft, { t, sourceDown }: TickOutcome): void {
  const current = draft.get(keyOf(SOURCE_RULE, {}));
  const isOpen = current !== undefined && current.status !== 'resolved';
  if ((sourceDown !== '') === isOpen) return;
  const labels = { severity: 'page' };
  const transition: Transition = {
    rule: SOURCE_RULE,
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
    summary: `Rules cannot look at the data: ${sourceDown}`,
    description: 'Every rule holds its state until the data source answers again.',
  };
  foldTransition(draft, transition, RULE);
}

const RULE: Rule = {
  name: SOURCE_RULE,
  previously: [],
  owner: '',
  mode: 'active',
  every: 0,
  delay: 0,
  labels: { severity: 'page' },
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
