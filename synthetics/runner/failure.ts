import { lookup } from 'node:dns/promises';
import { messageOf } from '../../base/errors.ts';
import type { FailureClass } from '../../model/probe.ts';
import { Stopped } from './limits.ts';
import type { RecordedRequest } from './requests.ts';

/** The journey is written wrongly; says nothing about the target. */
export class JourneyMistake extends Error {}

/** The run was over its timeout. `isPlaywrightWaiting`: the journey was inside a call of Playwright, not in its own code. */
export class TimedOut extends Error {
  readonly isPlaywrightWaiting: boolean;

  constructor(timeoutMs: number, isPlaywrightWaiting: boolean) {
    super(`the journey did not end within ${timeoutMs / 1_000} s`);
    this.name = 'TimedOut';
    this.isPlaywrightWaiting = isPlaywrightWaiting;
  }
}

/** The page that is shown was answered with 5xx. */
export class PageFailed extends Error {}

/** What the network did in the step that failed. */
export interface Circumstances {
  /** Own requests that failed or got 5xx. */
  faulty: readonly RecordedRequest[];
  /** Own requests that got no byte of an answer. */
  unanswered: readonly RecordedRequest[];
}

/** Chromium's names for what is wrong on this side: net/base/net_error_list.h. */
const OWN_NETWORK_ERRORS =
  /net::ERR_(?:INTERNET_DISCONNECTED|NETWORK_CHANGED|NETWORK_IO_SUSPENDED|PROXY_\w+|TUNNEL_CONNECTION_FAILED|INSUFFICIENT_RESOURCES|OUT_OF_MEMORY|NO_BUFFER_SPACE|UNSAFE_PORT|INVALID_URL|BLOCKED_BY_\w+|ACCESS_DENIED|FILE_\w+)/;
const NOT_A_FAILURE_OF_THE_NETWORK = /net::ERR_ABORTED|Download is starting/;
const NAME_NOT_RESOLVED = /net::ERR_NAME_NOT_RESOLVED(?: at (\S+))?/;
/** A bug in the journey's own code. What throws inside the page comes as Playwright's error and is none of them. */
const BUGS: readonly unknown[] = [TypeError, ReferenceError, SyntaxError, RangeError, JourneyMistake];

/**
 * Whose fault a failure is, and the sentence that says it. `target`: it answered 5xx, or not at all. `assertion`: it
 * answered, and not as promised. `probe`: browser, resolver or the journey's own code broke.
 */
export async function classify(
  thrown: unknown,
  { faulty, unanswered }: Circumstances,
): Promise<{ class: FailureClass; message: string }> {
  const message = plain(messageOf(thrown));
  const told = (blame: FailureClass, more = '') => ({
    class: blame,
    message: more === '' ? message : `${message}; ${more}`,
  });
  if (thrown instanceof Stopped) return told(thrown.blame);
  if (thrown instanceof PageFailed) return told('target');
  if (thrown instanceof TimedOut) return told(...blameForTimeout(thrown, unanswered));
  if (isBug(thrown)) return told('probe');
  const unresolved = NAME_NOT_RESOLVED.exec(message);
  if (unresolved) return told(...(await blameForName(unresolved[1])));
  if (OWN_NETWORK_ERRORS.test(message) || /Cannot navigate to invalid URL/.test(message))
    return told('probe');
  if (/net::ERR_/.test(message) && !NOT_A_FAILURE_OF_THE_NETWORK.test(message)) return told('target');
  if (/\b(?:Target|Page) crashed|browser has been closed/.test(message)) return told('probe');
  const [worst] = faulty;
  if (worst !== undefined) return told('target', said(worst));
  const [waiting] = unanswered;
  if (waiting !== undefined && /^page\.goto: Timeout/.test(message)) return told('target', said(waiting));
  return told('assertion');
}

/** One paragraph, without colours and without Playwright's log of calls, which the trace has. */
export function plain(message: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  const uncoloured = message.replace(/\u001b\[[0-9;]*m/g, '').split(/\n+Call log:/)[0]!;
  return uncoloured.replace(/\s*\n\s*/g, '; ').trim();
}

function blameForTimeout(
  { isPlaywrightWaiting }: TimedOut,
  [waiting]: readonly RecordedRequest[],
): [FailureClass, string?] {
  if (waiting !== undefined) return ['target', said(waiting)];
  return isPlaywrightWaiting ? ['assertion'] : ['probe', 'its own code was waiting, for nothing of the page'];
}

/** A name that does not exist is what users get too; a resolver that does not answer is this machine's trouble. */
async function blameForName(url: string | undefined): Promise<[FailureClass, string?]> {
  if (url === undefined || !URL.canParse(url)) return ['target'];
  const code = await lookup(new URL(url).hostname).then(
    () => '',
    (thrown: { code?: string }) => thrown.code ?? '',
  );
  return code === 'ENOTFOUND' || code === ''
    ? ['target']
    : ['probe', `the resolver of this machine does not answer (${code})`];
}

/** Journeys run in the runner's own realm, so classes compare. */
function isBug(thrown: unknown): boolean {
  return BUGS.some((kind) => thrown instanceof (kind as typeof Error));
}

function said({ method, url, status, error, isUnanswered }: RecordedRequest): string {
  const answer = isUnanswered
    ? 'has no answer'
    : error !== ''
      ? `failed with ${error}`
      : `answered ${status}`;
  return `${method} ${url} ${answer}`;
}
