/** Calls `end` once the parent is gone, however it ended: the IPC channel to it closes. At once when it is gone already. */
export function whenParentIsGone(end: () => void): void {
  if (!process.connected) end();
  else process.once('disconnect', end);
}
