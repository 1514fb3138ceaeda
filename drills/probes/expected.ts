import type { FailureClass } from '../../model/probe.ts';

/** Every bad journey: whose fault it must be called, and words that its reason must hold. */
export const EXPECTED: Readonly<Record<string, readonly [FailureClass, RegExp]>> = {
  throws: ['probe', /undefined/],
  hangs: ['probe', /its own code was waiting/],
  loops: ['probe', /did not give back control/],
  exits: ['probe', /ended/],
  'opens-tabs': ['probe', /more than 10 tabs/],
  'goes-to-file': ['probe', /file:.* refused/],
  'goes-to-chrome': ['probe', /chrome:.* refused/],
  'crashes-tab': ['probe', /crashed/],
  'crashes-browser': ['probe', /browser/],
  'stops-browser': ['probe', /browser/],
  'is-sent-to-file': ['target', /ERR_UNSAFE_REDIRECT/],
  'meets-500': ['target', /answered 500/],
  'meets-failing-api': ['target', /answered 500/],
  'meets-silence': ['target', /has no answer/],
  'meets-closed-port': ['target', /ERR_CONNECTION_REFUSED/],
  downloads: ['assertion', /[Dd]ownload/],
  'receives-gigabytes': ['assertion', /more than 256 MiB/],
  'meets-dialogs': ['assertion', /more than 20 dialogs/],
  'meets-popups': ['assertion', /more than 10 tabs/],
  'meets-busy-page': ['assertion', /did not end within/],
  'misses-element': ['assertion', /toBeVisible/],
};

/** What `--runs` mixes in: those that hang or crash. */
export const HANGS_AND_CRASHES = [
  'throws',
  'hangs',
  'loops',
  'exits',
  'crashes-tab',
  'crashes-browser',
  'stops-browser',
  'meets-silence',
] as const;
