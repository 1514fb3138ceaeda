/** The five states a thing can be in, each with a glyph, so that colour never carries it alone. */
export type Tone = 'bad' | 'watch' | 'ok' | 'blind' | 'new';

export const GLYPHS: Readonly<Record<Tone, string>> = {
  bad: '▲',
  watch: '◆',
  ok: '●',
  blind: '◌',
  new: '◇',
};
