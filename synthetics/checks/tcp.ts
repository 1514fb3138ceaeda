import { connect as dial, type Socket } from 'node:net';
import type { TcpCheck } from './check.ts';
import { Failed } from './failures.ts';
import { isLike, type Pattern, patternText } from './pattern.ts';
import { Exchange, type Probing } from './probing.ts';

/** A greeting is short; whoever sends more is not greeting. */
const MAX_BANNER_BYTES = 16_384;

/** Connects, says what is to be said, and waits for the expected banner. @throws Failed */
export async function connect(check: TcpCheck, probing: Probing): Promise<void> {
  const exchange = new Exchange(probing, 'TCP', `tcp://${check.host}:${check.port}`);
  exchange.addresses.admit(check.host);
  const send = probing.reveal(check.send);
  const socket = dial({ host: check.host, port: check.port, lookup: exchange.addresses.lookup });
  exchange.follow(socket, false);
  const talk = async () => {
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', () => resolve());
      // For good: what a cut connection still says has been said.
      socket.on('error', reject);
    });
    if (send !== '') socket.write(send);
    if (check.banner === null) return;
    await bannerLike(check.banner, socket, () => exchange.ended('ttfb', 'answer'));
  };
  await exchange.within(talk(), () => socket.destroy());
}

async function bannerLike(pattern: Pattern, socket: Socket, begun: () => void): Promise<void> {
  let said = '';
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    if (said === '') begun();
    said += chunk.toString('utf8');
    if (isLike(pattern, said)) return;
    if (said.length > MAX_BANNER_BYTES) break;
  }
  throw new Failed(
    'assertion',
    `it says ${JSON.stringify(said.slice(0, 100))}, not like ${patternText(pattern)}`,
  );
}
