/** SIGKILL to a process and all of its group; nothing when they are gone. @param pid of the group's leader, 0: none */
export function killGroup(pid: number): void {
  if (pid <= 0) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Gone already.
  }
}
