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

  /** This location is there, with so many probes on its schedule. @param now unix milliseconds */
  heartbeat(now: number, probes: number): void {
    const gauge = (name: string, unit: string, value: number) => ({
      name,
      unit,
      points: [{ attributes: {}, value }],
    });
    const gauges = [
      gauge('loopwatch.location.heartbeat', 's', HEARTBEAT_MS / 1_000),
      gauge('loopwatch.location.probes', '{probe}', probes),
    ];
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
