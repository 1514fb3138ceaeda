/** What was done, in words; a route without words of its own is shown as it is. */

const WORDS: Readonly<Record<string, string>> = {
  'POST /api/session': 'Logged in',
  'DELETE /api/session': 'Signed out',
  'POST /api/session/password': 'Changed the password',
  'POST /api/join': 'Came in by a link',
  'POST /api/users': 'Invited a user',
  'POST /api/users/:id/role': 'Changed a role',
  'POST /api/users/:id/reset': 'Took a password away',
  'DELETE /api/users/:id': 'Removed a user',
  'POST /api/tokens': 'Made a token',
  'DELETE /api/tokens/:id': 'Revoked a token',
  'POST /api/incidents/:number/acknowledge': 'Acknowledged an incident',
  'POST /api/incidents/:number/resolve': 'Resolved an incident',
  'POST /api/incidents/:number/comment': 'Commented on an incident',
  'POST /api/incidents/:number/silence': 'Silenced an incident',
  'POST /api/silences': 'Made a silence',
  'PUT /api/silences/:id': 'Changed a silence',
  'DELETE /api/silences/:id': 'Ended a silence',
  'POST /api/receivers/:name/test': 'Tested a receiver',
  'POST /api/dead-letters/:id/redeliver': 'Sent a dead letter again',
  'POST /api/operations/:id/approve': 'Approved an operation',
  'POST /api/operations/:id/reject': 'Rejected an operation',
  'POST /api/kill-switch': 'Turned the kill switch',
};

/** `POST /api/tokens` → "Made a token". */
export function auditWords(action: string): string {
  return Object.hasOwn(WORDS, action) ? WORDS[action]! : action.replace('/api/', '');
}
