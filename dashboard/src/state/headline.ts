/** The one sentence on top of the overview: which it is, by the grammar of the UX paper. First match wins. */
import { OWN_SERVICE } from '../../../model/service.ts';
import { noTargets, nothing, quiet, storeHeadline } from './headline/basics.ts';
import { blindHeadline, hurtHeadline } from './headline/experience.ts';
import { aheadWords, nowWords } from './headline/second.ts';
import { trafficHeadline } from './headline/traffic.ts';
import { curedHeadline, runsOutHeadline, unseenHeadline, wellHeadline } from './headline/well.ts';
import type { Facts, Headline } from './headline/words.ts';

/** In the order of precedence, while services report. */
const SENTENCES: readonly ((facts: Facts) => Headline | null)[] = [
  blindHeadline,
  hurtHeadline,
  trafficHeadline,
  unseenHeadline,
  curedHeadline,
  runsOutHeadline,
];

/** About everybody's services but the product itself, which would otherwise be the first to report. */
export function headlineOf(all: Facts): Headline {
  const services = all.services.services.filter((each) => each.service !== OWN_SERVICE);
  const facts = { ...all, services: { ...all.services, services } };
  const stored = storeHeadline(facts.status);
  if (stored) return stored;
  if (services.length === 0 && facts.env === '') return nothing(facts.status);
  const reporting = services.filter((each) => each.requests > 0);
  for (const sentence of SENTENCES) {
    const headline = sentence(facts);
    if (headline) return withSecond(headline, facts);
  }
  if (reporting.length === 0) return quiet(facts.services, facts.phrase, facts.env);
  // Nothing is well before what was promised has been read.
  const isRead =
    facts.probes !== undefined && facts.transactions !== undefined && facts.incidents !== undefined;
  const well = isRead ? wellHeadline(facts) : null;
  return withSecond(well ?? noTargets(reporting, facts.services), facts);
}

function withSecond(headline: Headline, facts: Facts): Headline {
  return {
    ...headline,
    second: [...headline.second, ...nowWords(facts), ...aheadWords(facts, headline.kind)],
  };
}
