/** Things to look at: real servers on this machine that answer as they are told, and checks of them. */
import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { loadChecks } from '../../../synthetics/checks/load.ts';
import { type CheckOutcome, type CheckWorld, runCheck } from '../../../synthetics/checks/run.ts';
import type { RunOrder } from '../../../synthetics/runner/port.ts';
import { KEY, VALID } from './certificates.ts';

const portOf = (server: { address(): unknown }): number => (server.address() as AddressInfo).port;

async function listening(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return portOf(server);
}

/** A web server. @returns its origin by name, so that there is something to look up */
export const serveHttp = async (answer: RequestListener): Promise<string> =>
  `http://localhost:${await listening(createServer(answer))}`;

export const serveHttps = async (answer: RequestListener, cert = VALID): Promise<string> =>
  `https://localhost:${await listening(createSecureServer({ key: KEY, cert }, answer))}`;

export const serveTcp = (talk: (socket: Socket) => void): Promise<number> => listening(createTcpServer(talk));

/** A port on which nobody listens. */
export async function deadPort(): Promise<number> {
  const server = createTcpServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const port = portOf(server);
  server.close();
  await once(server, 'close');
  return port;
}

/** A name server that knows one address of every name, or says that there is none. */
export async function serveDns(answer: 'one' | 'none' | 'silence'): Promise<string> {
  const socket = createSocket('udp4');
  socket.on('message', (query, from) => {
    if (answer === 'silence') return;
    const head = Buffer.from(query.subarray(0, 12));
    head.writeUInt16BE(answer === 'one' ? 0x8180 : 0x8183, 2);
    head.writeUInt16BE(answer === 'one' ? 1 : 0, 6);
    head.writeUInt32BE(0, 8);
    const question = query.subarray(12, query.indexOf(0, 12) + 5);
    // A pointer to the name, type A, class IN, a minute, 192.0.2.7.
    const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 7]);
    socket.send(
      Buffer.concat([head, question, ...(answer === 'one' ? [record] : [])]),
      from.port,
      from.address,
    );
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  onTestFinished(() => void socket.close());
  return `127.0.0.1:${socket.address().port}`;
}

/** Runs the one check of this YAML, indented below `- name: it`. */
export function look(
  definition: string,
  world: Partial<CheckWorld> = {},
  order: Partial<RunOrder> = {},
): Promise<CheckOutcome> {
  const text = `checks:\n  - name: it\n${definition.replace(/^/gm, '    ')}\n`;
  const { checks, problems } = loadChecks(text, '/definitions/it.checks.yaml');
  if (checks[0] === undefined) throw new Error(problems.join('\n'));
  const timeoutMs = checks[0].timeout;
  return runCheck(
    checks[0],
    {
      traceId: randomBytes(16).toString('hex'),
      spanId: randomBytes(8).toString('hex'),
      timeoutMs,
      keepsEvidence: false,
      allow: [],
      ...order,
    },
    { clock: { now: Date.now }, environment: {}, allowsLinkLocal: false, ...world },
  );
}
