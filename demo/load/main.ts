/** The visitors, as a process of its own: `node demo/load/main.ts`, started by the demo. Not instrumented: browsers are not. */
import { env, exit } from 'node:process';
import { sleep } from '../../base/clock.ts';
import { Random } from '../../bench/workload/random.ts';
import { type Behaviour, type FromService, HEALTHY, type Peers, type ToService } from '../shop/messages.ts';
import { whenParentIsGone } from '../supervise/parent.ts';
import { secondsToNext, visitorsPerSecond } from './shape.ts';
import { visit } from './visit.ts';

/** Who would come on top of these turns away: a shop that hangs must not fill this machine. */
const MAX_AT_ONCE = 200;
/** The rate changes slowly, so it is looked at anew this often even when nobody comes. */
const LOOK_AGAIN_S = 1;

if (!process.send) {
  process.stderr.write('This is a part of the demo and is started by it: npm run demo\n');
  exit(2);
}
whenParentIsGone(() => exit(0));

const normal = Number(env.LOAD_VISITORS ?? 5);
const seed = Number(env.LOAD_SEED ?? 1);
const random = new Random(seed);
const noise = (step: number) => new Random(seed * 7_919 + step).next();
const tell = (message: FromService) => {
  if (process.connected) process.send!(message);
};

let shopUrl: string | undefined;
let behaviour: Behaviour = HEALTHY;
let inside = 0;

process.on('message', (message: ToService) => {
  if (message.type === 'peers') shopUrl = (message.peers as Peers)['shop-web'];
  else {
    behaviour = message.behaviour;
    tell({ type: 'behaving', id: message.id });
  }
});
process.once('SIGTERM', () => exit(0));
tell({ type: 'ready', url: '' });

const began = performance.now();
for (;;) {
  const seconds = (performance.now() - began) / 1_000;
  const rate = visitorsPerSecond(seconds, normal, behaviour.load, noise);
  const wait = secondsToNext(rate, random.next());
  // Without a memory the next visitor is as far away after a look at the clock as before.
  await sleep(Math.min(wait, LOOK_AGAIN_S) * 1_000);
  if (wait > LOOK_AGAIN_S || shopUrl === undefined || inside >= MAX_AT_ONCE) continue;
  inside++;
  visit(shopUrl, random)
    // A page that failed is the shop's to tell of, in its traces.
    .catch(() => {})
    .finally(() => {
      inside--;
    });
}
