import type { Server as HttpServer } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import { hostname } from 'node:os';
import { Problem } from '../base/errors.ts';
import type { Config } from './settings.ts';

/**
 * Binds a server and gives its real port.
 * @param flag the setting that moves it elsewhere, for the sentence about a busy port
 * @throws Problem `port_busy` | `cannot_listen`
 */
export function listen(server: Server, host: string, port: number, flag: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE')
        return reject(
          new Problem(
            'port_busy',
            `Port ${port} on ${host} is in use by another program (another Loopwatch, or an OpenTelemetry Collector?). Stop it, or choose another port with --${flag}.`,
          ),
        );
      reject(
        new Problem('cannot_listen', `Cannot listen on ${host}:${port}: ${error.message}. Check --${flag}.`),
      );
    });
    server.listen(port, host, () => {
      server.removeAllListeners('error');
      resolve((server.address() as AddressInfo).port);
    });
  });
}

/** Takes no new connections, lets running requests end for `withinMs`, then cuts what is left. */
export function stopListening(server: HttpServer, withinMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), withinMs);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
    server.closeIdleConnections();
  });
}

/** Where this process reaches a server of its own: "all addresses" by loopback. */
export function ownUrlOf(host: string, publicUrl: string): string {
  const name =
    host === '0.0.0.0' ? '127.0.0.1' : host.includes(':') ? `[${host === '::' ? '::1' : host}]` : host;
  return `http://${name}:${new URL(publicUrl).port}`;
}

/** Listens where the settings say; the address as people type it. @throws Problem when it is taken */
export async function listenUrl(
  config: Config,
  server: Server,
  name: 'http' | 'otlp-http' | 'otlp-grpc',
): Promise<string> {
  const host = config[`${name}-host`];
  const scheme = config['tls-cert'] === '' ? 'http' : 'https';
  return urlOf(scheme, host, await listen(server, host, config[`${name}-port`], `${name}-port`));
}

/** `http://localhost:8080`: loopback addresses by the name that people type, "all addresses" by this machine's name. */
export function urlOf(scheme: 'http' | 'https', host: string, port: number): string {
  if (host === '0.0.0.0' || host === '::') return `${scheme}://${hostname()}:${port}`;
  const name = host === '127.0.0.1' || host === '::1' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return `${scheme}://${name}:${port}`;
}
