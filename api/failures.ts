import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { ZodError } from 'zod';
import { messageOf, Problem } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Failure } from '../model/failure.ts';
import { TooManyAttempts } from './access/limiter.ts';

/** The one table from error codes to HTTP. What is not here is our own fault: 500. */
const STATUS: Record<string, ContentfulStatusCode> = {
  invalid_parameter: 400,
  unauthenticated: 401,
  wrong_password: 401,
  forbidden: 403,
  forbidden_host: 403,
  forbidden_origin: 403,
  not_found: 404,
  conflict: 409,
  link_used: 410,
  body_too_large: 413,
  unsupported_media: 415,
  too_many_attempts: 429,
  too_slow: 504,
  too_large: 413,
  out_of_memory: 503,
  store_down: 503,
};

/** Answers any thrown error as a `Failure`; an unforeseen one is logged and told without its details. */
export function failureHandler(log: Log) {
  return (thrown: Error, c: Context) => {
    const problem = problemOf(thrown);
    const status = STATUS[problem.code] ?? 500;
    if (status === 429) c.header('Retry-After', String(retryAfter(problem)));
    if (status === 500)
      log.error('An API request failed.', { path: c.req.path, reason: messageOf(thrown).slice(0, 500) });
    return c.json(
      failure(status === 500 ? 'internal' : problem.code, sentence(problem, status), problem.retryable),
      status,
    );
  };
}

const retryAfter = (problem: Problem): number =>
  problem instanceof TooManyAttempts ? problem.retryAfterS : 1;

/** The body of an answer that is not a success. */
export function failure(code: string, message: string, retryable = false): Failure {
  return { error: { code, message, retryable } };
}

function problemOf(thrown: Error): Problem {
  if (thrown instanceof Problem) return thrown;
  if (thrown instanceof ZodError) {
    const text = thrown.issues
      .map((issue) => `${issue.path.join('.') || 'request'}: ${issue.message}`)
      .join('; ');
    return new Problem('invalid_parameter', text);
  }
  return new Problem('internal', thrown.message);
}

function sentence(problem: Problem, status: number): string {
  if (problem.code === 'too_slow')
    return 'The query took over 10 s and was stopped. Narrow the time or add a service.';
  if (problem.code === 'too_large')
    return 'The answer would be larger than 128 MB. Narrow the time or add a service.';
  if (problem.code === 'out_of_memory')
    return 'The store has too little memory for this query. Narrow the time or add a service.';
  if (problem.code === 'store_down')
    return 'The store does not answer at the moment. Ingest goes on; try again shortly.';
  return status === 500 ? 'Something went wrong inside Loopwatch; its log says what.' : problem.message;
}
