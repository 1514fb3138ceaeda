/** What a file of rule tests looks like. */
import { z } from 'zod';
import { duration, fields, labelName, name, oneOf, sentence } from '../language/forms/values.ts';

const states = z.record(name, oneOf('pending', 'firing', 'inactive'), {
  error: 'must be a map of rules to their state',
});

const input = fields({
  series: z.string().max(2_000).optional(),
  values: z.string().max(10_000).optional(),
  probe: z.string().max(200).optional(),
  location: z.string().max(200).optional(),
  results: z.string().max(10_000).optional(),
  every: duration.optional(),
  duration: duration.optional(),
});

const fault = fields({
  at: duration,
  restart: fields({ down_for: duration }).optional(),
  source_down: fields({ for: duration }).optional(),
});

const told = z.union([z.number().int().min(0), oneOf('firing', 'resolved')], {
  error: 'must be how often it was told, or firing or resolved for what it was told last',
});

const expectation = fields({
  at: duration,
  labels: z.record(labelName, z.string()).optional(),
  state: oneOf('pending', 'firing', 'inactive').optional(),
  reason: oneOf('condition', 'no_data', 'error', 'deleted', 'flapping').optional(),
  unknown: oneOf('no_data', 'too_few', 'error', 'none').optional(),
  flapping: z.boolean().optional(),
  summary: sentence.optional(),
  incidents: z.number().int().min(0).optional(),
  notify: z.record(name, told).optional(),
});

/** A file of tests for one rule. */
export const testForm = fields({
  rule: name,
  rules: states.optional(),
  start: z.iso.datetime({ offset: true, error: 'must be a time like 2026-01-15T09:00:00Z' }).optional(),
  tests: z
    .array(
      fields({
        name: sentence,
        rules: states.optional(),
        input: z.array(input).max(1_000).optional(),
        faults: z.array(fault).max(100).optional(),
        expect: z.array(expectation).min(1, { error: 'expects nothing' }).max(1_000),
      }),
      { error: 'must be a list of tests' },
    )
    .min(1, { error: 'holds no test' }),
});

export type TestForm = z.infer<typeof testForm>;
export type TestCase = TestForm['tests'][number];
export type InputForm = z.infer<typeof input>;
export type ExpectationForm = z.infer<typeof expectation>;
