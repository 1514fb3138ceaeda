/** A process that folds ticks and sends what they say, until it is done or killed. Arguments: folder, URL, what to do. */
import { createOutgoing } from '../../../base/outgoing.ts';
import { createIncidents } from '../../../rules/incidents/incidents.ts';
import { createNotifier } from '../../../rules/notify/notifier.ts';
import { openState } from '../../../store/state/open.ts';
import { recordingLog } from '../../helpers/log.ts';
import { ends, outcome, receiver, ruleSet, START } from '../incidents/make.ts';
import { HOST_RULE } from './host-rule.ts';

const [folder, url, doing] = process.argv.slice(2) as [string, string, 'commit' | 'send' | 'all'];
const HOSTS = 4;
const TICKS = 60;

const state = openState(folder);
const set = ruleSet({ rules: [HOST_RULE], receivers: [receiver({ url })] });
const clock = { now: Date.now };
const notifier = createNotifier({
  state,
  set: () => set,
  clock,
  log: recordingLog(),
  send: createOutgoing(),
  secret: () => '',
  externalUrl: () => 'http://localhost:8080',
  alive: () => true,
});
const desk = createIncidents({
  state,
  set: () => set,
  clock,
  evidence: async () => ({ series: [], traces: [], logs: [], missing: [] }),
  told: () => notifier.wake(),
});
if (doing !== 'commit') notifier.start();
/** One host after the other fires in one tick and ends in the next. */
const last = doing === 'all' ? TICKS : 1;
for (let tick = (desk.lastTick() ?? START - 1_000) + 1_000; tick < START + last * 1_000; tick += 1_000) {
  const number = (tick - START) / 1_000;
  const host = { labels: { service: 'a', host: String((number >> 1) % HOSTS) } };
  desk.apply(outcome(tick, [number % 2 === 0 ? host : ends(host)]));
  if (doing === 'all') await new Promise((resolve) => setTimeout(resolve, 5));
}
if (doing === 'commit') process.kill(process.pid, 'SIGKILL');
while (notifier.health().some(({ waiting }) => waiting > 0))
  await new Promise((resolve) => setTimeout(resolve, 5));
await notifier.stop();
await desk.stop();
state.close();
process.exit(0);
