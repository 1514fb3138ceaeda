/** Everything that bounds what a sender can cost, for both transports. */
export interface DoorLimits {
  /** Largest body, before and after decompression. */
  maxBytes: number;
  /**
   * Largest body in JSON, after decompression. Its objects take up to 25 times its bytes while it is converted, and
   * nothing else is done meanwhile: 4 MiB were 100 MiB and 0.2 s.
   */
  maxJsonBytes: number;
  /** All bodies being received, unpacked or journaled at this moment, of both transports together. */
  maxBytesInFlight: number;
  /** Requests being handled at this moment, of both transports together. */
  maxRequestsInFlight: number;
  /** Connections of each transport. */
  maxConnections: number;
  /** gRPC calls open at once on one connection. */
  maxStreamsPerConnection: number;
  /** A request's headers, and a connection's preface, must be whole by then. Milliseconds. */
  headersWithinMs: number;
  /** A body must be whole by then, counted from its headers. Milliseconds. */
  bodyWithinMs: number;
  /** A kept-alive HTTP connection without a request is closed after this. Milliseconds. */
  httpIdleMs: number;
  /** A gRPC connection on which nothing happens is closed after this. Milliseconds. */
  grpcIdleMs: number;
  /** Keep-alive pings on a gRPC connection between two calls; one that pings more is cut. */
  maxPings: number;
  /** After a refusal, what is still being sent is read and thrown away so long, or the answer would be lost. Milliseconds. */
  lingerMs: number;
}

const MIB = 2 ** 20;

export const DOOR_LIMITS: DoorLimits = {
  maxBytes: 64 * MIB,
  maxJsonBytes: 4 * MIB,
  maxBytesInFlight: 128 * MIB,
  maxRequestsInFlight: 2_000,
  maxConnections: 2_000,
  maxStreamsPerConnection: 128,
  headersWithinMs: 15_000,
  bodyWithinMs: 60_000,
  httpIdleMs: 65_000,
  grpcIdleMs: 600_000,
  maxPings: 100,
  lingerMs: 1_000,
};
