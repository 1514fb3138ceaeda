/** Loaded before a program (`node --import`) that must not outlive its parent, however that ended: asks it to stop. */
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
// Watching the parent alone must not keep the program running.
process.channel?.unref();
