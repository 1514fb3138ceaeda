import { Hono } from 'hono';
import { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import { Problem } from '../base/errors.ts';
import type { Status } from '../model/status.ts';
import type { Artifact } from '../store/artifacts.ts';
import type { Engine } from '../store/engine.ts';
import { listProbes } from '../store/queries/probes.ts';
import { probeRun, probeRuns } from '../store/queries/runs.ts';
import { readServerTimes } from '../store/queries/server-times.ts';
import { rangeParameters, timeRange } from './parameters.ts';

/** Where files of probes are read. */
export interface ArtifactReader {
  /** Null when there is none (any more). */
  read(sha256: string): Promise<Artifact | null>;
}

export interface ProbeRoutesOptions {
  engine: Engine;
  status: () => Promise<Status>;
  clock: Clock;
  artifacts?: ArtifactReader;
}

const runsParameters = rangeParameters.extend({
  location: z.string().max(100).default(''),
  limit: z.coerce.number().int().min(1).max(500).default(60),
});

/** A screenshot is a picture of somebody's page, a HAR may hold HTML: whatever it is, it runs nothing and loads nothing. */
const ARTIFACT_CSP = "sandbox; default-src 'none'; frame-ancestors 'none'";

/** `/probes`, `/server-times`, `/probes/:name`, `/runs/:traceId`, `/artifacts/:sha256`. */
export function createProbeRoutes({ engine, status, clock, artifacts }: ProbeRoutesOptions) {
  return new Hono()
    .get('/probes', async (c) => {
      const { from, to } = rangeParameters.parse(c.req.query());
      const { journal } = await status();
      // What waits in the journal is late, not missing.
      const storedUntil = clock.now() - journal.lagMs;
      return c.json(await listProbes(engine, timeRange(from, to, clock.now()), storedUntil));
    })
    .get('/server-times', async (c) => {
      const { from, to } = rangeParameters.parse(c.req.query());
      return c.json(await readServerTimes(engine, timeRange(from, to, clock.now())));
    })
    .get('/probes/:name', async (c) => {
      const { from, to, location, limit } = runsParameters.parse(c.req.query());
      const range = timeRange(from, to, clock.now());
      return c.json(await probeRuns(engine, range, c.req.param('name'), location, limit));
    })
    .get('/runs/:traceId', async (c) => {
      const id = c.req.param('traceId').toLowerCase();
      if (!/^[0-9a-f]{32}$/.test(id)) throw new Problem('invalid_parameter', 'A trace id has 32 hex digits');
      const run = await probeRun(engine, id);
      if (run === null)
        throw new Problem('not_found', `There is no run ${id}; it may be older than the retention`);
      return c.json(run);
    })
    .get('/artifacts/:sha256', async (c) => {
      const sha256 = c.req.param('sha256').toLowerCase();
      if (!/^[0-9a-f]{64}$/.test(sha256))
        throw new Problem('invalid_parameter', 'An artefact is named by its SHA-256: 64 hex digits');
      const artifact = (await artifacts?.read(sha256)) ?? null;
      if (artifact === null)
        throw new Problem('not_found', 'There is no such artefact; it may have made room for newer ones');
      return c.body(artifact.content, 200, headersOf(artifact, sha256));
    });
}

const headersOf = ({ type }: Artifact, sha256: string): Record<string, string> => ({
  'Content-Type': type,
  'Content-Security-Policy': ARTIFACT_CSP,
  'Content-Disposition': type.startsWith('image/')
    ? 'inline'
    : `attachment; filename="${sha256.slice(0, 12)}.${type.split('/')[1] === 'plain' ? 'txt' : type.split('/')[1]}"`,
});
