import { messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { ArtifactStore } from '../store/artifacts.ts';
import type { Config } from './settings.ts';

const SWEEP_MS = 3_600_000;

export interface ArtifactsJob {
  store: ArtifactStore;
  stop(): Promise<void>;
}

/** Opens the store of artefacts and keeps it within its limits: at the start and once an hour. */
export function openArtifacts(config: Config, folder: string, now: () => number, log: Log): ArtifactsJob {
  const limits = { budgetBytes: config['artifacts-budget'], retentionMs: config['retention-artifacts'] };
  const store = new ArtifactStore(folder, limits, now);
  const sweep = () =>
    store.sweep().then(
      () => {},
      (thrown) =>
        log.warn('Artefacts could not be cleared; it is tried again.', { reason: messageOf(thrown) }),
    );
  let running = sweep();
  const timer = setInterval(() => {
    running = sweep();
  }, SWEEP_MS);
  return {
    store,
    stop: async () => {
      clearInterval(timer);
      await running;
    },
  };
}
