/** One line of OTLP JSON → the protobuf requests in it: the door takes protobuf many times faster than JSON. */
import { isUtf8 } from 'node:buffer';
import { messageOf, Problem } from '../../base/errors.ts';
import { jsonToProtobuf } from '../../collector/receive/json.ts';
import { admit } from '../../collector/wire/admit.ts';
import type { Signal } from '../../model/otlp.ts';

/** A protobuf export request; such requests of one signal may be concatenated. */
export interface Converted {
  signal: Signal;
  body: Uint8Array;
  /** Spans, data points or log records. */
  items: number;
}

const SIGNALS: Readonly<Record<string, Signal>> = { spans: 'traces', metrics: 'metrics', logs: 'logs' };
/** The keys that say what a line is. Inside a JSON text a quote has a backslash before it, so no value looks like this. */
const ROOT_KEY = /"resource_?(spans|metrics|logs)"\s*:/gi;
const ANY_TIME = { earliest: Number.NEGATIVE_INFINITY, latest: Number.POSITIVE_INFINITY };

/**
 * What the OpenTelemetry file exporter writes, a request a line. Python writes NaN and Infinity without quotes, which is
 * not JSON but cannot be misread, so it is read.
 * @throws Problem that says what is wrong with the line and what to do
 */
export function convertLine(bytes: Uint8Array): Converted[] {
  if (!isUtf8(bytes))
    throw new Problem(
      'not_utf8',
      'It is not UTF-8; if the file is Latin-1, turn it into UTF-8: iconv -f LATIN1 -t UTF-8',
    );
  const text = new TextDecoder().decode(bytes);
  const signals = new Set([...text.matchAll(ROOT_KEY)].map(([, name]) => SIGNALS[name!.toLowerCase()]!));
  if (signals.size === 0) throw notOtlp(text);
  return [...signals].map((signal) => convert(bytes, text, signal)).filter(({ body }) => body.length > 0);
}

function convert(bytes: Uint8Array, text: string, signal: Signal): Converted {
  try {
    const body = toProtobuf(bytes, text, signal);
    const { accepted, rejected } = admit(body, signal, ANY_TIME);
    return { signal, body, items: accepted + rejected };
  } catch (thrown) {
    const reason = messageOf(thrown).replace('The body is not a valid OTLP/JSON request: ', '');
    const mend = isWhole(text) ? '' : '; its writer was cut off here';
    throw new Problem('bad_line', `It is not OTLP JSON: ${reason}${mend}`, { cause: thrown });
  }
}

function toProtobuf(bytes: Uint8Array, text: string, signal: Signal): Uint8Array {
  try {
    return jsonToProtobuf(bytes, signal);
  } catch (thrown) {
    const quoted = quoteBareNumbers(text);
    if (quoted === text) throw thrown;
    return jsonToProtobuf(Buffer.from(quoted), signal);
  }
}

/** `NaN`, `Infinity` and `-Infinity` outside of strings, put into quotes as proto3 JSON wants them. */
function quoteBareNumbers(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g, (found) =>
    found.startsWith('"') ? found : `"${found}"`,
  );
}

const isWhole = (text: string): boolean => text.trimEnd().endsWith('}');

/** Of a file in another format every line may be wrong; the sentence says what it may be. */
function notOtlp(text: string): Problem {
  const wanted = 'a line is to be {"resourceSpans":[…]}, {"resourceMetrics":[…]} or {"resourceLogs":[…]}';
  if (/"traceID"/.test(text))
    return new Problem(
      'not_otlp',
      `It is Jaeger's JSON, not OTLP's; ${wanted}. Send it through a Collector with the file exporter`,
    );
  if (/"localEndpoint"/.test(text))
    return new Problem(
      'not_otlp',
      `It is Zipkin's JSON, not OTLP's; ${wanted}. Send it through a Collector with the file exporter`,
    );
  if (/^\s*[[{}\]],?\s*$/.test(text))
    return new Problem('not_otlp', `It is JSON over many lines; make it a line: jq -c . FILE`);
  return new Problem('not_otlp', `It is not OTLP JSON; ${wanted}`);
}
