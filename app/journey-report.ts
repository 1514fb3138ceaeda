import { formatSize } from '../base/units.ts';
import type { ProbeRequest, ProbeStep, WebVitals } from '../model/probe.ts';
import { type Exceeded, exceededThresholds } from '../synthetics/journey/thresholds.ts';
import type { JourneyFile, JourneyOutcome } from '../synthetics/runner/port.ts';
import { TAINTED_CPU } from '../synthetics/schedule/scheduler.ts';

const BAR = 24;
/** More belong into the dashboard. */
const MAX_REQUESTS = 8;

/** One run for a person at a terminal: steps as bars on the run's time, what was measured in each, what went wrong. */
export function journeyReport(journey: JourneyFile, outcome: JourneyOutcome): string {
  const { steps, failure, durationMs, hostCpu } = outcome;
  const exceeded = exceededThresholds(journey, outcome);
  const width = Math.max(4, ...steps.map(({ name }) => name.length));
  const slowest = Math.max(1, ...steps.map((step) => step.durationMs));
  return [
    '',
    `${journey.name}: ${outcome.verdict} in ${ms(durationMs)}${remark(exceeded, '')}, host CPU ${Math.round(hostCpu * 100)} %${hostCpu > TAINTED_CPU ? ', which makes pages slow' : ''}`,
    '',
    ...steps.flatMap((step) => stepLines(step, width, slowest, exceeded)),
    ...(failure === null
      ? []
      : [
          '',
          `Failed (${BLAME[failure.class]})${failure.step === '' ? '' : ` in "${failure.step}"`}: ${printable(failure.message)}`,
        ]),
    ...outcome.artifacts.map(
      ({ kind, path, bytes }) => `  ${kind.padEnd(10)} ${path} (${formatSize(bytes)})`,
    ),
    '',
  ].join('\n');
}

const BLAME = {
  target: 'the target did not answer as it should',
  assertion: 'not what the journey expects',
  probe: 'the probe’s own fault, says nothing about the target',
} as const;

function stepLines(step: ProbeStep, width: number, slowest: number, exceeded: readonly Exceeded[]): string[] {
  const bar = '█'.repeat(Math.max(1, Math.round((step.durationMs / slowest) * BAR)));
  const mark = step.verdict === 'passed' ? '✓' : '✗';
  const indent = ' '.repeat(width + 4);
  const more = step.requests.length - MAX_REQUESTS;
  return [
    `${mark} ${printable(step.name).padEnd(width)}  ${bar.padEnd(BAR)} ${ms(step.durationMs)}${remark(exceeded, step.name)}`,
    ...vitalsLine(step.vitals).map((line) => indent + line),
    ...step.requests.slice(0, MAX_REQUESTS).map((request) => indent + requestLine(request)),
    ...(more > 0 ? [`${indent}and ${more} more requests`] : []),
    ...(step.consoleErrors ? [`${indent}errors on the console: ${step.consoleErrors}`] : []),
  ];
}

function vitalsLine({ lcp, fcp, ttfb, inp, cls }: WebVitals): string[] {
  const told = [
    ...(
      [
        ['LCP', lcp],
        ['FCP', fcp],
        ['TTFB', ttfb],
        ['INP', inp],
      ] as const
    ).map(([name, value]) => (value === null ? '' : `${name} ${ms(value)}`)),
    cls === null ? '' : `CLS ${Number(cls.toFixed(3))}`,
  ].filter(Boolean);
  return told.length === 0 ? [] : [told.join('  ')];
}

function requestLine({ method, url, status, durationMs, phases, spanId }: ProbeRequest): string {
  const times = Object.entries(phases)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name} ${ms(value as number)}`);
  const joined = spanId === '' ? '' : '  traced';
  return `${method} ${status === 0 ? '–' : status} ${printable(url)}  ${ms(durationMs)}${times.length === 0 ? '' : ` (${times.join(', ')})`}${joined}`;
}

function remark(exceeded: readonly Exceeded[], step: string): string {
  const one = exceeded.find((other) => other.step === step);
  return one === undefined ? '' : ` (too slow: more than ${ms(one.thresholdMs)})`;
}

/** What pages and sites say must not drive the terminal. */
const printable = (text: string): string => text.replace(/\p{C}/gu, '\ufffd');

const ms = (value: number): string =>
  value >= 10_000
    ? `${(value / 1_000).toFixed(1)} s`
    : `${value < 10 ? Number(value.toFixed(1)) : Math.round(value)} ms`;
