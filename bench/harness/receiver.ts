import { createServer, type IncomingMessage, type Server } from 'node:http';

/** One CloudEvent of `incident.v1`, as far as benches and drills look at it. */
export interface IncidentEvent {
  type: string;
  data: { number: number; revision: number; labels: Readonly<Record<string, string>> };
}

/** A call as it came: the same message may come more than once, under the same id. */
export interface ReceiverCall {
  id: string;
  /** Unix ms of the first byte. */
  at: number;
  events: readonly IncidentEvent[];
}

/** A webhook receiver on loopback that can be away and come back at the same address. */
export interface WebhookReceiver {
  url: string;
  calls: ReceiverCall[];
  down(): Promise<void>;
  up(): Promise<void>;
}

/** Starts one that is up. @param atEnd called with its way to end it */
export async function startReceiver(atEnd: (undo: () => void) => void): Promise<WebhookReceiver> {
  const calls: ReceiverCall[] = [];
  let server = serve(calls);
  await listen(server, 0);
  const { port } = server.address() as { port: number };
  atEnd(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${port}/hook`,
    calls,
    down: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
    up: () => {
      server = serve(calls);
      return listen(server, port);
    },
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
}

function serve(calls: ReceiverCall[]): Server {
  const firstByte = new WeakMap<object, number>();
  const server = createServer(async (request, response) => {
    const at = firstByte.get(request.socket) ?? Date.now();
    const body = JSON.parse(await text(request)) as IncidentEvent | IncidentEvent[];
    calls.push({ id: String(request.headers['webhook-id']), at, events: [body].flat() });
    response.writeHead(204).end();
  });
  // The product opens a connection for each call, so its first bytes are those of the call.
  server.on('connection', (socket) => socket.once('data', () => firstByte.set(socket, Date.now())));
  return server;
}

async function text(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
