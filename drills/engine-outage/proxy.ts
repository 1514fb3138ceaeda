import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** What a client meets: the engine; nobody listening; somebody who never answers; a server that only says 500. */
export type Condition = 'up' | 'refuse' | 'hang' | 'error';

/** A place on a loopback port between the product and an engine, which can be taken away. */
export interface FaultyProxy {
  port: number;
  /** What was open under the condition before is cut, as by a host that went away. */
  become(condition: Condition): Promise<void>;
  close(): void;
}

/** @param target port on loopback that everything goes to while the condition is `up` */
export async function startProxy(target: number): Promise<FaultyProxy> {
  let condition: Condition = 'up';
  const open = new Set<Socket>();
  const failing = createHttpServer((_request, response) => {
    response.writeHead(500, { Connection: 'close', 'Content-Type': 'text/plain' }).end('Out of order\n');
  });
  const server = createServer((socket) => {
    keep(open, socket);
    if (condition === 'up') pipeBothWays(open, socket, target);
    else if (condition === 'error') failing.emit('connection', socket);
    else socket.resume();
  });
  const listen = (port: number) =>
    new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    });
  const cut = () => {
    for (const socket of open) socket.destroy();
  };
  await listen(0);
  const { port } = server.address() as AddressInfo;
  return {
    port,
    become: async (next) => {
      condition = next;
      if (next !== 'hang') cut();
      else for (const socket of open) socket.unpipe().resume();
      if (next === 'refuse') await new Promise((resolve) => server.close(resolve));
      else if (!server.listening) await listen(port);
    },
    close: () => {
      if (server.listening) server.close();
      cut();
    },
  };
}

function pipeBothWays(open: Set<Socket>, socket: Socket, target: number): void {
  const upstream = connect(target, '127.0.0.1');
  keep(open, upstream);
  socket.pipe(upstream).pipe(socket);
  socket.once('close', () => upstream.destroy());
  upstream.once('close', () => socket.destroy());
}

function keep(open: Set<Socket>, socket: Socket): void {
  open.add(socket);
  socket.once('close', () => open.delete(socket)).on('error', () => {});
}
