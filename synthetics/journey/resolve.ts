// A journey file may lie anywhere: what it imports of ours is found here, not in folders above it.
import { registerHooks } from 'node:module';

const OURS: Record<string, string> = {
  'loopwatch/journey': new URL('./journey.ts', import.meta.url).href,
  playwright: import.meta.resolve('playwright'),
  'playwright/test': import.meta.resolve('playwright/test'),
};

registerHooks({
  resolve: (specifier, context, next) => {
    const url = Object.hasOwn(OURS, specifier) ? OURS[specifier]! : undefined;
    return url === undefined ? next(specifier, context) : next(url, context);
  },
});
