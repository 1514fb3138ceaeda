import { runCommand } from '../bench/harness/command.ts';
import { access } from './access/access.ts';
import { actions } from './actions/actions.ts';
import { bombs } from './bombs/bombs.ts';
import { diskFull } from './disk-full/disk-full.ts';
import { engineCrash } from './engine-crash/crash.ts';
import { engineOutage } from './engine-outage/outage.ts';
import { fuzz } from './fuzz/fuzz.ts';
import { kill } from './kill/kill.ts';
import { overload } from './overload/overload.ts';
import { probes } from './probes/probes.ts';
import { receiverOutage } from './receiver-outage/receiver-outage.ts';
import { soak } from './soak/soak.ts';

await runCommand(
  'npm run drill --',
  {
    bombs,
    fuzz,
    kill,
    'engine-outage': engineOutage,
    'engine-crash': engineCrash,
    overload,
    'disk-full': diskFull,
    'receiver-outage': receiverOutage,
    probes,
    actions,
    access,
    soak,
  },
  process.argv.slice(2),
);
