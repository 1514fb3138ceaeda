/** What the product and its runner's process tell each other over Node's channel. */
import type { ProbeFailure, ProbeStep } from '../../model/probe.ts';
import type { KeptArtifact } from './port.ts';

/** The first message to a runner: what browser it starts, and where its files go. */
export interface StartOrder {
  type: 'start';
  executablePath: string;
  headless: boolean;
  /** Chromium's own sandbox; cannot be had as root. */
  sandbox: boolean;
}

export interface RunTask {
  type: 'run';
  file: string;
  traceId: string;
  timeoutMs: number;
  keepsEvidence: boolean;
  allow: readonly string[];
  secrets: Readonly<Record<string, string>>;
  /** Folder and beginning of the name of each of the run's files. */
  files: string;
}

export type ToRunner = StartOrder | RunTask | { type: 'close' };

/** What a run came to, as the runner saw it. */
export interface RunResult {
  startedAt: number;
  durationMs: number;
  failure: ProbeFailure | null;
  steps: ProbeStep[];
  artifacts: KeptArtifact[];
}

export type FromRunner =
  /** The browser is up; its process leads a group of its own. */
  | { type: 'ready'; browserPid: number }
  | { type: 'broken'; message: string }
  /** The journey's first line runs now. */
  | { type: 'began'; startedAt: number }
  | { type: 'step-began'; name: string }
  | { type: 'step'; step: ProbeStep }
  /** `fit`: this pair may run another one. `memoryMib` of the browser, 0 when it was not looked at. */
  | { type: 'done'; result: RunResult; fit: boolean; memoryMib: number };
