/** What a reader has chosen for this browser. `public/theme.js` applies the theme before the first paint. */

export type Theme = 'system' | 'light' | 'dark';

const THEME = 'loopwatch.theme';
const KEYS = 'loopwatch.keys';
const PERSON = 'loopwatch.person';

class Settings {
  theme = $state<Theme>(readTheme());
  /** One-key commands can be off: they hurt people who dictate (WCAG 2.1.4). */
  keys = $state(read(KEYS) !== 'off');

  /** Who acts on incidents, for their timelines; '' is "somebody on this machine". */
  person = $state(read(PERSON) ?? '');

  setPerson(name: string): void {
    this.person = name;
    write(PERSON, name === '' ? null : name);
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    write(THEME, theme === 'system' ? null : theme);
    if (theme === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
  }

  setKeys(on: boolean): void {
    this.keys = on;
    write(KEYS, on ? null : 'off');
  }
}

export const settings = new Settings();

function readTheme(): Theme {
  const theme = read(THEME);
  return theme === 'light' || theme === 'dark' ? theme : 'system';
}

function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function write(key: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    // Storage is forbidden: the choice holds until the tab is closed.
  }
}
