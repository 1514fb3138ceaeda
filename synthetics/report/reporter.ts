import { readFile, rm } from 'node:fs/promises';
import type { ProbeRun } from '../../model/probe.ts';
import type { KeptArtifact } from '../runner/port.ts';
import { metricsBody, type Resource, tracesBody } from './otlp.ts';
import type { Delivery, Sender } from './sender.ts';
import { spansOf } from './spans.ts';

/** How often a location says that it is there; three of these without a word and it is silent. Milliseconds. */
export const HEARTBEAT_MS = 15_000;

/** Turns what happened into OTLP and hands it to the sender; nothing here waits. */
export class Reporter {
  readonly #sender: Pick<Sender, 'send'>;
  readonly #resource: Resource;

  constructor(sender: Pick<Sender, 'send'>, resource: Resource) {
    this.#sender = sender;
    this.#resource = resource;
  }

  /** A run that is over: its files first, so that whoever reads of them finds them. The files are deleted afterwards. */
  run(run: ProbeRun, artifacts: readonly KeptArtifact[]): void {
    for (const artifact of artifacts) this.#sender.send(upload(artifact));
    this.#sender.send(post('/v1/traces', tracesBody(this.#resource, spansOf(run))));
  }

  /** This location is there, and these probes are on its schedule. @param now unix milliseconds */
  heartbeat(now: number, probes: readonly { name: string; kind: string; every: number }[]): void {
    const heartbeat = {
      name: 'loopwatch.location.heartbeat',
      unit: 's',
      points: [{ attributes: {}, value: HEARTBEAT_MS / 1_000 }],
    };
    const interval = {
      name: 'loopwatch.probe.interval',
      unit: 's',
      points: probes.map(({ name, kind, every }) => ({
        attributes: { 'loopwatch.probe.name': name, 'loopwatch.probe.kind': kind },
        value: every / 1_000,
      })),
    };
    const gauges = probes.length === 0 ? [heartbeat] : [heartbeat, interval];
    this.#sender.send(post('/v1/metrics', metricsBody(this.#resource, now, gauges)));
  }
}

function post(path: string, content: object): Delivery {
  const body = JSON.stringify(content);
  return { method: 'POST', path, type: 'application/json', bytes: body.length, body: async () => body };
}

function upload({ sha256, type, bytes, path }: KeptArtifact): Delivery {
  return {
    method: 'PUT',
    path: `/v1/artifacts/${sha256}`,
    type,
    bytes,
    body: () => readFile(path),
    done: () => void rm(path, { force: true }).catch(() => {}),
  };
}
