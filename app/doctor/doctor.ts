import { messageOf } from '../../base/errors.ts';
import type { Finding } from './finding.ts';
import { clockCheck, folderCheck, roomCheck } from './folder.ts';
import { journalCheck, setAsideCheck } from './journal.ts';
import { browserCheck, nodeCheck, portsCheck, runningCheck } from './machine.ts';
import type { Check, Patient } from './patient.ts';
import { rulesCheck, stateCheck } from './rules.ts';
import { storeCheck } from './store.ts';

const CHECKS: readonly Check[] = [
  nodeCheck,
  folderCheck,
  roomCheck,
  clockCheck,
  runningCheck,
  portsCheck,
  journalCheck,
  setAsideCheck,
  storeCheck,
  stateCheck,
  rulesCheck,
  browserCheck,
];

/** Looks at everything, one after the other. Changes nothing and never throws. */
export async function examine(patient: Patient): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { name, look } of CHECKS)
    try {
      findings.push(...[await look(patient)].flat());
    } catch (thrown) {
      findings.push({ name, verdict: 'bad', says: `it could not be looked at: ${messageOf(thrown)}` });
    }
  return findings;
}
