import type { Span } from '../../model/trace.ts';

/** A span with what a test is about; ids are single letters. */
export function span(
  id: string,
  parent: string,
  startMs = 0,
  durationMs = 10,
  rest: Partial<Span> = {},
): Span {
  return {
    spanId: id,
    parentSpanId: parent,
    service: 'shop',
    name: id,
    kind: 'Internal',
    status: 'Unset',
    statusMessage: '',
    startMs,
    durationMs,
    scope: '',
    attributes: {},
    resource: 0,
    events: [],
    links: [],
    ...rest,
  };
}
