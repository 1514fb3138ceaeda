import { rule } from '../incidents/make.ts';

/** An incident for each host. */
export const HOST_RULE = rule({
  then: [
    { kind: 'incident', groupBy: ['host'], attach: [] },
    { kind: 'notify', receiver: 'shop' },
  ],
});
