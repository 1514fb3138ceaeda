/** Variables by name, as the product was started with. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What a browser and Node need of the system. Everything else, tokens above all, stays with the product. */
const HANDED_ON =
  /^(?:PATH|LANG|LC_[A-Z]+|TZ|DISPLAY|XAUTHORITY|WAYLAND_DISPLAY|FONTCONFIG_[A-Z]+|NODE_EXTRA_CA_CERTS|JOURNEY_\w+)$/;

/**
 * The environment journeys run in: `PATH`, language, time zone, display, and what is meant for them, `JOURNEY_…`.
 * @param scratch becomes home and temporary folder, so that whatever is left behind lies where it is cleared
 */
export function cleanEnvironment(all: Environment, scratch?: string): Record<string, string> {
  const kept = Object.entries(all).filter(([name, value]) => HANDED_ON.test(name) && value !== undefined);
  const folders = scratch === undefined ? {} : { HOME: scratch, TMPDIR: scratch };
  return { ...Object.fromEntries(kept as [string, string][]), ...folders };
}
