// Runs in every document of a journey before its own code. Definitions: web.dev/vitals. The package `web-vitals` was
// weighed: it reports a page's whole life, and a step wants what happened during the step.
(() => {
  const report = globalThis.__loopwatchVitals;
  // The page has no business with it.
  delete globalThis.__loopwatchVitals;
  if (window !== window.top || !/^https?:$/.test(location.protocol) || typeof report !== 'function') return;

  const observe = (type, each, options) => {
    try {
      new PerformanceObserver((list) => list.getEntries().forEach(each)).observe({
        type,
        buffered: true,
        ...options,
      });
    } catch {
      // An older browser that does not know this type.
    }
  };

  const [navigation] = performance.getEntriesByType('navigation');
  report({ cls: 0, ...(navigation?.responseStart > 0 && { ttfb: navigation.responseStart }) });
  observe('paint', ({ name, startTime }) => {
    if (name === 'first-contentful-paint') report({ fcp: startTime });
  });
  observe('largest-contentful-paint', ({ startTime }) => report({ lcp: startTime }));

  // Layout shifts come in windows: at most 1 s between two of them, at most 5 s in all. The worst window counts.
  let worst = 0;
  let sum = 0;
  let first = 0;
  let last = 0;
  observe('layout-shift', ({ value, startTime, hadRecentInput }) => {
    if (hadRecentInput) return;
    if (startTime - last > 1_000 || startTime - first > 5_000) {
      sum = 0;
      first = startTime;
    }
    last = startTime;
    sum += value;
    if (sum > worst) {
      worst = sum;
      report({ cls: worst });
    }
  });

  // An interaction lasts until the next paint; 16 ms is the least the browser tells.
  const interaction = ({ interactionId, duration }) => {
    if (interactionId > 0) report({ inp: duration });
  };
  observe('event', interaction, { durationThreshold: 16 });
  observe('first-input', interaction);
})();
