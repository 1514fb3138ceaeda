import http from 'node:http';

const agent = new http.Agent({ keepAlive: true, timeout: 60_000 });

export interface Call {
  method?: 'GET' | 'POST' | 'DELETE';
  /** Sent as it is when a string, else as JSON. */
  body?: unknown;
  headers?: http.OutgoingHttpHeaders;
  /** Milliseconds until the call is given up. */
  timeoutMs?: number;
}

export interface Called {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: string;
}

/** One HTTP call over connections that are kept. @throws Error when there is no answer, or none in time */
export function call(
  url: string,
  { method = 'GET', body, headers, timeoutMs = 10_000 }: Call = {},
): Promise<Called> {
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const request = http.request(
      url,
      {
        method,
        agent,
        headers: {
          ...(text === undefined ? {} : { 'Content-Length': Buffer.byteLength(text) }),
          ...(typeof body === 'object' ? { 'Content-Type': 'application/json' } : {}),
          ...headers,
        },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks).toString(),
          }),
        );
      },
    );
    const { host, pathname } = new URL(url);
    const timer = setTimeout(
      () => request.destroy(new Error(`${host}${pathname} gave no answer in ${timeoutMs / 1_000} s`)),
      timeoutMs,
    );
    request.on('close', () => clearTimeout(timer));
    request.on('error', reject);
    request.end(text);
  });
}

/** As `call`, for an answer in JSON. @throws Error when the status is not 2xx, with what the service said */
export async function callJson<T>(url: string, options: Call = {}): Promise<T> {
  const { status, body } = await call(url, options);
  if (status < 200 || status > 299)
    throw new Refused(
      status,
      `${options.method ?? 'GET'} ${new URL(url).pathname}: ${status} ${body.slice(0, 200)}`,
    );
  return (body === '' ? undefined : JSON.parse(body)) as T;
}

/** A service answered, but not with success. */
export class Refused extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'Refused';
    this.status = status;
  }
}
