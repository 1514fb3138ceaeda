/** 200 texts that would run, load or break out of something, if a page took them for anything but text. */

/** What runs is seen by `window.ran`, what is loaded by the request. */
const PAYLOADS = [
  '<script>window.ran=1</script>',
  '<img src=x onerror="window.ran=1">',
  '<svg onload=window.ran=1>',
  '<svg><script>window.ran=1</script></svg>',
  '<iframe src="javascript:parent.ran=1"></iframe>',
  '<iframe srcdoc="<script>parent.ran=1</script>"></iframe>',
  '<a href="javascript:window.ran=1" autofocus onfocus=window.ran=1>x</a>',
  '<body onpageshow=window.ran=1>',
  '<details open ontoggle=window.ran=1>',
  '<input autofocus onfocus=window.ran=1>',
  '<style>@import "http://elsewhere.invalid/x.css";*{background:url(http://elsewhere.invalid/y)}</style>',
  '<link rel=stylesheet href=http://elsewhere.invalid/z.css>',
  '<base href="http://elsewhere.invalid/">',
  '<meta http-equiv=refresh content="0;url=http://elsewhere.invalid/">',
  '<object data="javascript:window.ran=1"></object>',
  '<form action="javascript:window.ran=1"><button autofocus>x</button></form>',
  '<math><mi xlink:href="javascript:window.ran=1">x</mi></math>',
  'javascript:window.ran=1//',
  'data:text/html,<script>parent.ran=1</script>',
  '{{constructor.constructor("window.ran=1")()}}',
  '{@html "<img src=x onerror=window.ran=1>"}',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a template of somebody else's, as text
  '${window.ran=1}',
  '__proto__',
  '%3Cscript%3Ewindow.ran=1%3C/script%3E',
  '\\u003cscript\\u003ewindow.ran=1\\u003c/script\\u003e',
];
/** Around them: out of an attribute, an element, a comment, a string, a direction of writing. */
const AROUND: readonly ((payload: string) => string)[] = [
  (payload) => payload,
  (payload) => `">${payload}`,
  (payload) => `'>${payload}`,
  (payload) => `</title></textarea></style></script>${payload}`,
  (payload) => `-->${payload}<!--`,
  (payload) => `</text></svg>${payload}`,
  (payload) => `\u202e${payload}\u0007\u001b[2J`,
  (payload) => `');${payload};('`,
];

export const HOSTILE = AROUND.flatMap((around) => PAYLOADS.map(around));

const nano = (msAgo: number): string => `${Date.now() - msAgo}000000`;
const text = (value: string) => ({ stringValue: value });
/** The text as a key and as a value. */
const attributes = (value: string) => [
  { key: value, value: text(value) },
  { key: 'k', value: text(value) },
  { key: 'http.route', value: text(value) },
  { key: 'db.system', value: text(value) },
  { key: 'exception.message', value: text(value) },
];

const each = <T>(make: (value: string, i: number) => T): T[] => HOSTILE.map(make);
const resource = (value: string, i: number) => ({
  attributes: [
    { key: 'service.name', value: text(value) },
    { key: 'service.version', value: text(value) },
    { key: 'deployment.environment.name', value: text(i % 50 === 0 ? value : 'prod') },
    ...attributes(value),
  ],
});
const scope = (value: string) => ({ name: value, version: value, attributes: attributes(value) });
const spanId = (i: number) => (i + 1).toString(16).padStart(16, '0');

/** One trace, a log record and a metric for each text, with it in every field that takes text. */
export function hostileTelemetry(traceId: string): { traces: object; logs: object; metrics: object } {
  return {
    traces: {
      resourceSpans: each((value, i) => ({
        resource: resource(value, i),
        scopeSpans: [{ scope: scope(value), spans: [span(traceId, value, i)] }],
      })),
    },
    logs: {
      resourceLogs: each((value, i) => ({
        resource: resource(value, i),
        scopeLogs: [{ scope: scope(value), logRecords: [record(traceId, value)] }],
      })),
    },
    metrics: {
      resourceMetrics: each((value, i) => ({
        resource: resource(value, i),
        scopeMetrics: [{ scope: scope(value), metrics: [gauge(value, i)] }],
      })),
    },
  };
}

const span = (traceId: string, value: string, i: number) => ({
  traceId,
  spanId: spanId(i),
  // Some beside each other, some below.
  ...(i === 0 ? {} : { parentSpanId: spanId(Math.floor((i - 1) / 3)) }),
  name: value,
  kind: (i % 5) + 1,
  startTimeUnixNano: nano(60_000 - i),
  endTimeUnixNano: nano(50_000 - i),
  attributes: attributes(value),
  events: [{ name: value, timeUnixNano: nano(55_000), attributes: attributes(value) }],
  links: [{ traceId, spanId: spanId(i), attributes: attributes(value) }],
  status: { code: 2, message: value },
});

const record = (traceId: string, value: string) => ({
  timeUnixNano: nano(40_000),
  severityNumber: 17,
  severityText: value.slice(0, 60),
  body: text(value),
  attributes: attributes(value),
  eventName: value,
  traceId,
});

const gauge = (value: string, i: number) => ({
  name: value,
  unit: value,
  description: value,
  gauge: {
    dataPoints: [60_000, 1_000].map((ago) => ({
      timeUnixNano: nano(ago),
      asDouble: i,
      attributes: attributes(value),
    })),
  },
});
