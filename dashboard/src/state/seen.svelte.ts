/** How much of what probes should have seen was seen, for the footer; the overview fills it in while it is open. */
class Seen {
  words = $state('');
}

export const seen = new Seen();
