/** Who calls whom, as the edges job has written it (`service_edges_1m`). */

import type { Red, TimeRange } from './service.ts';

/** Calls from one service to another in the range; requests are the calls, latency is the called side's. */
export interface MapEdge extends Red {
  client: string;
  server: string;
}

export interface MapView {
  /** What was counted: whole minutes. */
  range: TimeRange;
  /** Busiest first. */
  edges: MapEdge[];
}
