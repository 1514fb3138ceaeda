import type { Clock } from '../../base/clock.ts';
import type { ProbeFailure, ProbeStep, WebVitals } from '../../model/probe.ts';
import type { JourneyOutcome, RunOrder } from '../runner/port.ts';
import type { Check } from './check.ts';
import { lookUp } from './dns.ts';
import { type Failed, failedOf } from './failures.ts';
import { request } from './http.ts';
import { newSpanId, type Probing } from './probing.ts';
import { type Environment, redact, reveal } from './secrets.ts';
import { connect } from './tcp.ts';
import { shakeHands } from './tls.ts';

/** What came of one run of a check; a check leaves no files behind. */
export type CheckOutcome = Omit<JourneyOutcome, 'hostCpu' | 'artifacts'> & {
  /** Unix milliseconds; null where no certificate was seen. */
  certificateExpiresAt: number | null;
};

export interface CheckWorld {
  clock: Clock;
  environment: Environment;
  /** Whether targets may have link-local addresses. */
  allowsLinkLocal: boolean;
}

/** Name of the one step each kind has. */
const STEP = { http: 'request', tcp: 'connect', dns: 'resolve', tls: 'handshake' } as const;
const MAX_MESSAGE = 500;

/** Runs a check once, within its time. Never throws. */
export async function runCheck(check: Check, order: RunOrder, world: CheckWorld): Promise<CheckOutcome> {
  const startedAt = world.clock.now();
  const origin = performance.now();
  const secrets: string[] = [];
  const probing: Probing = {
    order,
    elapsed: () => performance.now() - origin,
    allowsLinkLocal: world.allowsLinkLocal,
    reveal: (text) => {
      const revealed = reveal(text, world.environment, check.file);
      secrets.push(...revealed.secrets);
      return revealed.text;
    },
    redact: (text) => redact(text, secrets),
    requests: [],
    certificateExpiresAt: null,
  };
  let failed: Failed | null = null;
  try {
    await look(check, probing);
  } catch (thrown) {
    failed = failedOf(thrown);
  }
  const durationMs = probing.elapsed();
  const name = STEP[check.kind];
  const message = failed === null ? '' : probing.redact(failed.message).slice(0, MAX_MESSAGE);
  const failure: ProbeFailure | null = failed === null ? null : { class: failed.class, step: name, message };
  const verdict = failure === null ? 'passed' : 'failed';
  const step: ProbeStep = {
    ...emptyStep(name),
    verdict,
    durationMs,
    error: message,
    requests: probing.requests,
  };
  const { certificateExpiresAt } = probing;
  return { startedAt, durationMs, verdict, failure, steps: [step], certificateExpiresAt };
}

function look(check: Check, probing: Probing): Promise<void> {
  if (check.kind === 'http') return request(check, probing);
  if (check.kind === 'tcp') return connect(check, probing);
  return check.kind === 'dns' ? lookUp(check, probing) : shakeHands(check, probing);
}

const NO_VITALS: WebVitals = { lcp: null, cls: null, inp: null, fcp: null, ttfb: null };

const emptyStep = (name: string): Omit<ProbeStep, 'verdict' | 'durationMs'> => ({
  name,
  spanId: newSpanId(),
  startMs: 0,
  observerMs: 0,
  error: '',
  screenshot: '',
  vitals: NO_VITALS,
  requests: [],
});
