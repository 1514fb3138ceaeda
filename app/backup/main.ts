/** `npm run backup -- DIR` and `npm run restore -- DIR`. */
import { resolve } from 'node:path';
import { messageOf, Problem } from '../../base/errors.ts';
import { formatSize } from '../../base/units.ts';
import { showProgress } from '../progress.ts';
import type { Config } from '../settings.ts';
import { backup, type Saying } from './backup.ts';
import { type BackupOptions, HELP, readOptions } from './options.ts';
import { restore } from './restore.ts';

const EXIT = { ok: 0, failed: 1, usage: 2 };

const [name, ...args] = process.argv.slice(2);
process.exitCode = await main(name === 'restore' ? 'restore' : 'backup', args);

async function main(command: 'backup' | 'restore', given: readonly string[]): Promise<number> {
  let options: BackupOptions | 'help';
  try {
    options = readOptions(given, process.env);
  } catch (thrown) {
    process.stderr.write(`${messageOf(thrown)}\n`);
    return EXIT.usage;
  }
  if (options === 'help') {
    process.stdout.write(HELP[command]);
    return EXIT.ok;
  }
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => interrupted.abort(new Error(`Ended by ${signal}`)));
  const { saying, line } = progress(interrupted.signal);
  const stop = showProgress(process.stderr, line);
  try {
    const told = command === 'backup' ? await runBackup(options, saying) : await runRestore(options, saying);
    stop();
    process.stdout.write(told);
    return EXIT.ok;
  } catch (thrown) {
    stop();
    process.stderr.write(
      `${thrown instanceof Problem ? thrown.message : `It failed: ${messageOf(thrown)}`}\n`,
    );
    return thrown instanceof Problem && thrown.code === 'usage' ? EXIT.usage : EXIT.failed;
  }
}

async function runBackup({ folder, waitMs, config }: BackupOptions, saying: Saying): Promise<string> {
  const { files, bytes, from, store } = await backup(config, folder, waitMs, saying);
  const of = from === 'running' ? 'of Loopwatch at work' : 'of Loopwatch at rest';
  const told = `Backup ${of}: ${formatSize(bytes)} in ${files} files, in ${folder}\n`;
  return store === 'embedded' ? told : told + serversPart(config);
}

/** The data on a server is that server's matter. */
function serversPart(config: Config): string {
  const database = new URL(config['clickhouse-url']).pathname.slice(1) || 'default';
  return `The telemetry itself is on the ClickHouse server and not in it. There, run:
  BACKUP DATABASE ${database} TO Disk('backups', 'loopwatch-${new Date().toISOString().slice(0, 10)}.zip')
`;
}

async function runRestore({ folder, config }: BackupOptions, saying: Saying): Promise<string> {
  const { createdAt, version, store } = await restore(config, folder, saying);
  const server =
    store === 'server' ? 'The telemetry itself is on the ClickHouse server: restore it there.\n' : '';
  return `Restored to ${resolve(config['data-dir'])}: the backup of ${createdAt}, written by Loopwatch ${version}.\n${server}`;
}

function progress(signal: AbortSignal): { saying: Saying; line: () => string } {
  let [what, total, done] = ['looking', 0, 0];
  return {
    saying: {
      signal,
      doing: (next, bytes = 0) => {
        [what, total, done] = [next, bytes, 0];
      },
      add: (bytes) => {
        done += bytes;
      },
    },
    line: () =>
      total > 0
        ? `${what}  ${Math.min(100, Math.floor((done / total) * 100))} % of ${formatSize(total)}`
        : what,
  };
}
