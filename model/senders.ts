/** Everybody who sends: what "Is my data arriving?" shows. */

export type Transport = 'grpc' | 'http/protobuf' | 'http/json';

/** One service, by one SDK, over one transport, from one address. */
export interface Sender {
  /** `service.name`; '' when no body of it could be read, or it has none. */
  service: string;
  /** Of the resource (`telemetry.sdk.*`); '' when not said. */
  sdk: { name: string; language: string; version: string };
  transport: Transport;
  /** Remote address. */
  address: string;
  /** The last `User-Agent`; tells who it is when no body could be read. */
  agent: string;
  /** Unix milliseconds. */
  firstSeenAt: number;
  lastSeenAt: number;
  requests: number;
  /** Items on the disk, and items or whole requests that were not taken. */
  acceptedItems: number;
  refusedItems: number;
  refusedRequests: number;
  /** Items accepted in the last minute, a second. */
  itemsPerSecond: number;
  /** The last refusal, with its HTTP status (200: only some items). */
  lastRejection: { at: number; status: number; items: number; reason: string } | null;
}

export interface SenderList {
  /** The latest first. */
  senders: Sender[];
  /** Senders that were seen and are not listed any more, since only the latest are remembered. */
  forgotten: number;
}
