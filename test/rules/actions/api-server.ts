/** A Kubernetes API server as far as the scale subresource goes, over real sockets: what it answers has the shapes of the API reference (autoscaling/v1 Scale, meta/v1 Status). */
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { onTestFinished } from 'vitest';
import { KEY, VALID } from '../../synthetics/checks/certificates.ts';

export interface ApiServer {
  url: string;
  /** `METHOD path?query`, in order. */
  calls: string[];
  bodies: unknown[];
  authorization: (string | undefined)[];
  scale: { replicas: number; running: number; version: number };
  /** What the next calls of a method meet instead. */
  next: { method: 'GET' | 'PUT'; does: Misbehaviour }[];
}

/** `lost`: carried out, and the answer is cut off. `raced`: somebody else writes first. */
type Misbehaviour =
  | 'hang'
  | 'lost'
  | 'raced'
  | 'nonsense'
  | { status: number; reason: string; message: string };

const PATH = '/apis/apps/v1/namespaces/shop/deployments/checkout/scale';

const scaleOf = ({ replicas, running, version }: ApiServer['scale']) => ({
  kind: 'Scale',
  apiVersion: 'autoscaling/v1',
  metadata: {
    name: 'checkout',
    namespace: 'shop',
    uid: '6d3b8f04-7a5e-4a53-9a3c-0a2f7f3a8c11',
    resourceVersion: String(version),
    creationTimestamp: '2026-01-02T08:15:11Z',
  },
  spec: replicas === 0 ? {} : { replicas },
  status: { replicas: running, selector: 'app=checkout' },
});

const statusOf = (code: number, reason: string, message: string) => ({
  ...{ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code },
});

const CONFLICT = statusOf(
  409,
  'Conflict',
  'Operation cannot be fulfilled on deployments.apps "checkout": the object has been modified; please apply your changes to the latest version and try again',
);
const NOT_FOUND = statusOf(404, 'NotFound', 'deployments.apps "nothing" not found');

/** Two replicas of shop/checkout. Ends with the test. @param options `tls` with the certificate of the tests */
export async function apiServer(options: { tls?: boolean } = {}): Promise<ApiServer> {
  const it: ApiServer = {
    ...{ url: '', calls: [], bodies: [], authorization: [], next: [] },
    scale: { replicas: 2, running: 2, version: 81_734 },
  };
  const listener: RequestListener = async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    it.calls.push(`${request.method} ${request.url}`);
    it.authorization.push(request.headers.authorization);
    if (text !== '') it.bodies.push(JSON.parse(text));
    const answer = (status: number, body: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    const does = it.next[0]?.method === request.method ? it.next.shift()!.does : undefined;
    if (does === 'hang') return;
    if (does === 'nonsense') return answer(200, { kind: 'Scale', spec: { replicas: 'many' } });
    if (typeof does === 'object')
      return answer(does.status, statusOf(does.status, does.reason, does.message));
    const [path, query = ''] = request.url!.split('?');
    if (path !== PATH) return answer(404, NOT_FOUND);
    if (request.method === 'GET') return answer(200, scaleOf(it.scale));
    if (does === 'raced') it.scale = { ...it.scale, version: it.scale.version + 1 };
    const sent = JSON.parse(text) as { metadata: { resourceVersion: string }; spec: { replicas: number } };
    if (Number(sent.metadata.resourceVersion) !== it.scale.version) return answer(409, CONFLICT);
    const written = { ...it.scale, replicas: sent.spec.replicas, version: it.scale.version + 1 };
    if (query !== 'dryRun=All') it.scale = written;
    if (does === 'lost') return response.destroy();
    return answer(200, scaleOf(written));
  };
  const server = options.tls ? createTlsServer({ key: KEY, cert: VALID }, listener) : createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as { port: number };
  it.url = `${options.tls ? 'https' : 'http'}://127.0.0.1:${port}`;
  return it;
}
