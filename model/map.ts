/** Who calls whom, and what, as the edges job has written it (`service_edges_1m`, `peer_edges_1m`). */

import type { Red, TimeRange } from './service.ts';

/** A service sends spans; the other kinds are known from the spans of those who call them. */
export type MapNodeKind = 'service' | 'database' | 'queue' | 'host';

export interface MapNode {
  /** Unique in the map: `service:cart`, `database:postgresql/orders`, `queue:kafka/mail`, `host:api.example.com`. */
  id: string;
  kind: MapNodeKind;
  name: string;
  /** `postgresql`, `kafka`, `grpc`; '' for services and where none was said. */
  system: string;
}

/**
 * Calls from one node to another in the range. Latency between services is the called side's, else the calling side's;
 * from a queue to a service it is the time to work on a message.
 */
export interface MapEdge extends Red {
  from: string;
  to: string;
}

/** A version of a service that was first seen in the range. */
export interface Release {
  service: string;
  version: string;
  /** Unix milliseconds. */
  at: number;
}

export interface MapView {
  /** What was counted: whole minutes. */
  range: TimeRange;
  /** Every end of an edge, and services that were seen but neither call nor are called. */
  nodes: MapNode[];
  /** Busiest first. */
  edges: MapEdge[];
  /** Earliest first. */
  releases: Release[];
  /** True when there are more edges than are returned. */
  truncated: boolean;
}

/** One operation of an edge. */
export interface EdgeOperation extends Red {
  /** Whose spans they are: the called service's, else the calling one's. */
  service: string;
  operation: string;
  /** A trace with the slowest of these calls, and one with a failed one, or ''. */
  slowestTrace: string;
  failedTrace: string;
}

export interface EdgeView {
  /** What was read: the newest part of the range. */
  range: TimeRange;
  operations: EdgeOperation[];
}
