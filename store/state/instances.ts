import type { DatabaseSync } from 'node:sqlite';
import type { InstanceState } from '../../model/evaluation.ts';
import type { Instances } from './state.ts';

/** States of rules' instances as JSON by rule and fingerprint. */
export function sqliteInstances(db: DatabaseSync): Instances {
  const all = db.prepare('SELECT state FROM instances');
  const ofRule = db.prepare('SELECT state FROM instances WHERE rule = ?');
  const put = db.prepare(
    'INSERT INTO instances VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET state = excluded.state',
  );
  const remove = db.prepare('DELETE FROM instances WHERE rule = ? AND fingerprint = ?');
  return {
    all: () => all.all().map(stateOf),
    ofRule: (rule) => ofRule.all(rule).map(stateOf),
    put: (states) => {
      for (const state of states) put.run(state.rule, state.fingerprint, JSON.stringify(state));
    },
    remove: (keys) => {
      for (const { rule, fingerprint } of keys) remove.run(rule, fingerprint);
    },
  };
}

const stateOf = (row: unknown): InstanceState => JSON.parse((row as { state: string }).state);
