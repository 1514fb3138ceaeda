/** Files of the data folder that are neither store, state, journal nor artefact. */
export const OWN_FILES = ['hash-secret', 'kill-switch'] as const;
