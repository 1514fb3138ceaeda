/** One address for a group of workers: each request goes to the one that has the fewest. */
import http from 'node:http';
import type { AddressInfo } from 'node:net';

/** A worker as the balancer sees it. */
export interface Target {
  url: string;
  /** Requests it was given and has not answered. */
  inFlight: number;
}

export interface Balancer {
  url: string;
  close(): void;
}

/** Serves on a free loopback port. @param targets looked at anew for each request */
export async function startBalancer(targets: () => readonly Target[]): Promise<Balancer> {
  const agent = new http.Agent({ keepAlive: true });
  const server = http.createServer((request, response) => {
    const [target] = targets().toSorted((a, b) => a.inFlight - b.inFlight);
    if (target) pass(agent, target, request, response);
    else refuse(response, 503, 'No worker is there.');
  });
  server.keepAliveTimeout = 70_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
      agent.destroy();
    },
  };
}

function pass(
  agent: http.Agent,
  target: Target,
  request: http.IncomingMessage,
  response: http.ServerResponse,
): void {
  target.inFlight++;
  // The headers go on as they came, the trace's among them: to the trace the balancer is not there.
  const onward = http.request(
    `${target.url}${request.url}`,
    { method: request.method!, headers: request.headers, agent },
    (answer) => {
      response.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(response);
    },
  );
  onward.on('error', (error) => {
    if (response.headersSent) response.destroy();
    else refuse(response, 502, `The worker is gone: ${error.message}`);
  });
  response.on('close', () => {
    target.inFlight--;
    // Whoever asked has gone.
    if (!response.writableFinished) onward.destroy();
  });
  request.pipe(onward);
}

function refuse(response: http.ServerResponse, status: number, error: string): void {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify({ error }));
}
