import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Environment } from '../synthetics/journey/environment.ts';
import type { Config } from './settings.ts';
import type { Teardown } from './teardown.ts';
import type { Telemetry } from './telemetry/telemetry.ts';
import type { Tls } from './tls.ts';

/** What every part of a process is given. */
export interface Shared {
  config: Config;
  clock: Clock;
  log: Log;
  telemetry: Telemetry;
  teardown: Teardown;
  /** Undefined: in the clear. */
  tls: Tls | undefined;
  /** The process's variables: where receivers, journeys and checks find their secrets. */
  environment: Environment;
}
