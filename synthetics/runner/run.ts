import { pathToFileURL } from 'node:url';
import type { CDPSession } from 'playwright';
import { expect } from 'playwright/test';
import { messageOf } from '../../base/errors.ts';
import type { ProbeFailure } from '../../model/probe.ts';
import type { Journey, JourneyTools } from '../journey/journey.ts';
import { type Redact, redactor } from '../journey/secrets.ts';
import { type ConsoleLog, keep, keepConsole, keepHar, recordConsole, takeScreenshot } from './evidence.ts';
import { type Circumstances, classify, JourneyMistake, PageFailed, plain, TimedOut } from './failure.ts';
import { guard, Stopped } from './limits.ts';
import type { FromRunner, RunResult, RunTask } from './messages.ts';
import type { KeptArtifact } from './port.ts';
import { type RequestLog, recordRequests } from './requests.ts';
import { type Stage, within } from './stage.ts';
import { recordSteps, type Steps } from './steps.ts';
import { attach, injectTrace } from './trace-headers.ts';

const MAX_MESSAGE = 1_000;
const MOST_FOR_ONE_ACTION_MS = 10_000;
const MOST_FOR_ONE_EXPECTATION_MS = 5_000;
/** After its context was closed, a journey inside of Playwright is thrown out of it. */
const SETTLE_MS = 300;

/** What a run came to, and whether the runner is as good as before. */
export interface Ran {
  result: RunResult;
  fit: boolean;
}

/** Everything that watches one run. */
interface Watch {
  task: RunTask;
  stage: Stage;
  redact: Redact;
  requests: RequestLog;
  console: ConsoleLog;
  steps: Steps;
  artifacts: KeptArtifact[];
  startedAt: number;
  now: () => number;
}

/** A run that goes on. */
export interface Running {
  /** Never rejects. */
  ran: Promise<Ran>;
  /** Something failed that nobody waited for. */
  stray(thrown: unknown): void;
}

/** Runs the journey of a task on a stage, which is closed afterwards. */
export function runJourney(stage: Stage, task: RunTask, tell: (message: FromRunner) => void): Running {
  const stopping = Promise.withResolvers<never>();
  stopping.promise.catch(() => {});
  return {
    ran: run(stage, task, tell, stopping),
    stray: (thrown) =>
      stopping.reject(new Stopped('probe', `something that it did not await failed: ${messageOf(thrown)}`)),
  };
}

async function run(
  stage: Stage,
  task: RunTask,
  tell: (message: FromRunner) => void,
  stopping: PromiseWithResolvers<never>,
): Promise<Ran> {
  const guarding = guard(stage.context, stopping.reject);
  const { traceId, allow } = task;
  const inject = (session: CDPSession) =>
    injectTrace(session, { traceId, allow, received: guarding.received });
  stage.context.on(
    'page',
    (page) =>
      void attach(stage.context, page)
        .then(inject)
        .catch(() => {}),
  );
  stage.context.setDefaultTimeout(Math.min(MOST_FOR_ONE_ACTION_MS, task.timeoutMs / 2));
  stage.context.setDefaultNavigationTimeout(task.timeoutMs);
  const journey = await Promise.all([load(task.file), inject(stage.session), startTrace(stage, task)]).then(
    ([loaded]) => loaded,
    (thrown: unknown) => new JourneyMistake(messageOf(thrown)),
  );
  const watch = observe(stage, task, tell);
  tell({ type: 'began', startedAt: watch.startedAt });
  const ended =
    journey instanceof JourneyMistake
      ? { thrown: journey as unknown, durationMs: 0, isSettled: true, faulty: [], unanswered: [] }
      : await perform(journey, watch, stopping);
  return conclude(watch, ended);
}

async function load(file: string): Promise<Journey> {
  const module = (await import(pathToFileURL(file).href)) as { default: Journey };
  return module.default;
}

/** A trace holds films and copies of pages, from which no secret can be taken out: with secrets there is none. */
const keepsTrace = ({ keepsEvidence, secrets }: RunTask): boolean =>
  keepsEvidence && Object.keys(secrets).length === 0;

async function startTrace({ context }: Stage, task: RunTask): Promise<void> {
  if (keepsTrace(task)) await context.tracing.start({ snapshots: true, screenshots: true });
}

function observe(stage: Stage, task: RunTask, tell: (message: FromRunner) => void): Watch {
  const redact = redactor(task.secrets);
  const began = performance.now();
  const startedAt = performance.timeOrigin + began;
  const now = () => performance.now() - began;
  const requests = recordRequests(stage.context, { allow: task.allow, redact, now, startedAt });
  const log = recordConsole(stage.context, redact, now);
  const artifacts: KeptArtifact[] = [];
  let errorsBefore = 0;
  const steps = recordSteps({
    now,
    requests: requests.all,
    check: () => refuseFailedPage(requests),
    message: (thrown) => redact(plain(messageOf(thrown))).slice(0, MAX_MESSAGE),
    began: (name) => tell({ type: 'step-began', name }),
    ended: (step) => tell({ type: 'step', step }),
    observe: async (index) => {
      const screenshot = await lookAt(
        stage,
        `${task.files}step-${index + 1}.jpg`,
        Object.values(task.secrets),
      );
      if (screenshot !== null) artifacts.push(screenshot);
      const consoleErrors = log.errors() - errorsBefore;
      errorsBefore = log.errors();
      return { screenshot: screenshot?.sha256 ?? '', vitals: stage.vitals.take(), consoleErrors };
    },
  });
  return { task, stage, redact, requests, console: log, steps, artifacts, startedAt, now };
}

/** The picture makes a frame; two turns later the page has told what that frame was worth. */
async function lookAt({ context }: Stage, path: string, secrets: string[]): Promise<KeptArtifact | null> {
  const page = context.pages().findLast((one) => !one.isClosed());
  if (page === undefined || !/^https?:/.test(page.url())) return null;
  const screenshot = await takeScreenshot(page, path, secrets);
  await within(page.evaluate('new Promise((done) => setTimeout(done))'), 200);
  return screenshot;
}

/** A journey that looks at nothing would call an error page a success. */
function refuseFailedPage(requests: RequestLog): void {
  const page = requests.page();
  if (page !== null && page.status >= 500) throw new PageFailed(`${page.url} answered ${page.status}`);
}

interface Ended extends Circumstances {
  /** Undefined when all went well. */
  thrown: unknown;
  /** Without the observer's work. */
  durationMs: number;
  /** False while the journey's function still runs. */
  isSettled: boolean;
}

async function perform(
  journey: Journey,
  watch: Watch,
  stopping: PromiseWithResolvers<never>,
): Promise<Ended> {
  const { steps, task, requests, now } = watch;
  const elapsed = () => Math.max(0, now() - steps.observerMs());
  const body = Promise.resolve()
    .then(() => journey.body(toolsFor(watch)))
    .then(() => refuseFailedPage(requests));
  const timer = setTimeout(() => stopping.reject(new TimedOut(task.timeoutMs, true)), task.timeoutMs);
  try {
    await Promise.race([body, stopping.promise]);
    return { thrown: undefined, durationMs: elapsed(), isSettled: true, faulty: [], unanswered: [] };
  } catch (thrown) {
    // Now: closing the context would end them all.
    const facts = {
      durationMs: elapsed(),
      faulty: requests.faulty(steps.blamedFrom()),
      unanswered: requests.unanswered(),
    };
    if (!(thrown instanceof TimedOut || thrown instanceof Stopped))
      return { thrown, isSettled: true, ...facts };
    await within(steps.abandon(thrown), 1_000);
    const isClosed = await closing(watch);
    const isSettled = await within(
      body.catch(() => {}),
      SETTLE_MS,
    );
    const told = thrown instanceof TimedOut ? new TimedOut(task.timeoutMs, isSettled) : thrown;
    return isClosed
      ? { thrown: told, isSettled, ...facts }
      : {
          thrown: new Stopped('probe', 'the browser hangs: it did not close a page'),
          isSettled: false,
          ...facts,
        };
  } finally {
    clearTimeout(timer);
  }
}

function toolsFor({ stage, steps, task }: Watch): JourneyTools {
  return {
    page: stage.page,
    context: stage.context,
    step: steps.step,
    expect: expect.configure({ timeout: Math.min(MOST_FOR_ONE_EXPECTATION_MS, task.timeoutMs / 2) }),
    secret: (name) => {
      const value = Object.hasOwn(task.secrets, name) ? task.secrets[name] : undefined;
      if (value !== undefined) return value;
      throw new JourneyMistake(
        `"${name}" is none of its secrets: ${Object.keys(task.secrets).join(', ') || 'it has none'}`,
      );
    },
  };
}

async function conclude(watch: Watch, ended: Ended): Promise<Ran> {
  const { task, steps, requests, startedAt, artifacts, stage } = watch;
  const failure = ended.thrown === undefined ? null : await failureOf(ended, watch);
  if (failure !== null && steps.all().length === 0) {
    const picture = await lookAt(stage, `${task.files}failure.jpg`, Object.values(task.secrets));
    if (picture !== null) artifacts.push(picture);
  }
  await within(requests.settled(), 200);
  const isClosed = await closing(watch);
  if (task.keepsEvidence) await keepEvidence(watch);
  return {
    result: {
      startedAt,
      durationMs: Math.round(ended.durationMs * 100) / 100,
      failure,
      steps: steps.all(),
      artifacts,
    },
    fit: ended.isSettled && isClosed,
  };
}

async function failureOf({ thrown, ...network }: Ended, { steps, redact }: Watch): Promise<ProbeFailure> {
  const { class: blame, message } = await classify(thrown, network);
  return { class: blame, step: steps.blamed(), message: redact(message).slice(0, MAX_MESSAGE) };
}

const closed = new WeakMap<Stage, Promise<boolean>>();

/** Stops the trace and closes the context, once. */
function closing({ stage, task }: Watch): Promise<boolean> {
  const known = closed.get(stage);
  if (known) return known;
  const done = (async () => {
    if (keepsTrace(task)) await within(stage.context.tracing.stop({ path: `${task.files}trace.zip` }), 3_000);
    return stage.close();
  })();
  closed.set(stage, done);
  return done;
}

async function keepEvidence({ task, stage, redact, console: log, artifacts }: Watch): Promise<void> {
  const kept = await Promise.all([
    keep('trace', `${task.files}trace.zip`),
    keepHar(stage.har, redact).catch(() => null),
    keepConsole(log, `${task.files}console.txt`).catch(() => null),
  ]);
  artifacts.push(...kept.filter((one) => one !== null));
}
