import { Random } from '../../bench/workload/random.ts';

/** SEED from the environment, else a new one; say it in the message of what is expected. */
export const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000);

export const seeded = (): Random => new Random(SEED);
