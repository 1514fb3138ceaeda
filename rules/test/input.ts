/** The inputs of a test as a table of numbers. */
import { messageOf } from '../../base/errors.ts';
import type { Say } from '../language/build/say.ts';
import { ms } from '../language/forms/values.ts';
import type { InputForm } from './form.ts';
import { expandNumbers, expandResults, parseSeries } from './notation.ts';
import type { ProbeRuns, Series, Table } from './table.ts';

const EVERY_MS = 30_000;
const RUN_EVERY_MS = 60_000;
const DURATION_MS = 100;

/** @param start time of the first value (unix ms) @param say told of what cannot be understood, by place in `input` */
export function readInput(forms: readonly InputForm[], start: number, say: Say): Table {
  const series: Series[] = [];
  const probes: ProbeRuns[] = [];
  forms.forEach((form, i) => {
    try {
      if (form.series !== undefined && form.values !== undefined) series.push(readSeries(form, start));
      else if (form.probe !== undefined && form.results !== undefined) probes.push(readRuns(form, start));
      else say([i], 'an input is a "series" with "values", or a "probe" with "results"');
    } catch (thrown) {
      say([i], messageOf(thrown));
    }
  });
  return { series, probes };
}

function readSeries(form: InputForm, start: number): Series {
  const { name, labels } = parseSeries(form.series!);
  const every = ms(form.every, EVERY_MS);
  const points = expandNumbers(form.values!).flatMap((value, i) =>
    value === null ? [] : [{ t: start + i * every, value }],
  );
  const durationMs = ms(form.duration, DURATION_MS);
  if (name !== 'spans' && name !== 'logs')
    return { kind: 'metric', metric: name, labels, durationMs, points };
  return { kind: name, metric: '', labels, durationMs, points: eventsOf(points) };
}

/** Spans and logs are written as counters: how many there have been so far. */
function eventsOf(points: readonly { t: number; value: number }[]): { t: number; value: number }[] {
  let before = 0;
  return points.map(({ t, value }) => {
    if (value < before)
      throw new Error(`spans and logs are counted, so values cannot fall, as from ${before} to ${value}`);
    const came = value - before;
    before = value;
    return { t, value: came };
  });
}

function readRuns(form: InputForm, start: number): ProbeRuns {
  const every = ms(form.every, RUN_EVERY_MS);
  const runs = expandResults(form.results!).flatMap((result, i) =>
    result === null ? [] : [{ t: start + i * every, result }],
  );
  return {
    probe: form.probe!,
    location: form.location ?? 'local',
    durationMs: ms(form.duration, DURATION_MS),
    runs,
  };
}
