/** Loaded before a program (`node --import`) that must not outlive its parent: asks it to stop. */
import { whenParentIsGone } from './parent.ts';

whenParentIsGone(() => process.kill(process.pid, 'SIGTERM'));
// Watching the parent alone must not keep the program running.
process.channel?.unref();
