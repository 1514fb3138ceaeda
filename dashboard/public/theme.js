// Applies the theme chosen in the menu before the first paint. `settings.svelte.ts` writes the same key.
try {
  const theme = localStorage.getItem('loopwatch.theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Storage is forbidden in this browser: the system's theme it is.
}
