/** What the engine's process is told by its supervisor. */
export interface EngineSpec {
  /** Folder that holds `store/` and `spool/`; only one engine at a time may have it. */
  folder: string;
  configFile: string;
  /** Sessions for reading; one more writes. */
  readers: number;
  /** Listen here, for its owner only … */
  socketPath?: string;
  /** … or, without a socket, on a loopback port of the system's choice behind this password. */
  password?: string;
}

/** Sent once by the process when it answers. */
export interface EngineReady {
  ready: true;
  /** TCP port when it listens on one. */
  port?: number;
}
