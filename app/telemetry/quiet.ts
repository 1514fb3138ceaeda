import type { Log } from '../../base/log.ts';

interface Result {
  code: number;
  error?: Error;
}

interface Exporter<Items> {
  export(items: Items, done: (result: Result) => void): void;
}

/**
 * The same exporter, whose failures are one line of the log for each outage and nothing more: the SDK is told that all
 * is well, because it would only complain and there is nothing else it could do.
 */
export function quiet<Items, Inner extends Exporter<Items>>(
  exporter: Inner & Exporter<Items>,
  log: Log,
): Inner {
  const inner = exporter.export.bind(exporter);
  let isOut = false;
  exporter.export = (items, done) =>
    inner(items, ({ code, error }) => {
      if (code !== 0 && !isOut)
        log.warn('Loopwatch could not send telemetry about itself; it is tried again, and not told again.', {
          reason: error?.message?.slice(0, 200),
        });
      isOut = code !== 0;
      done({ code: 0 });
    });
  return exporter;
}
