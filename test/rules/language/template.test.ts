import { expect, test } from 'vitest';
import { renderTemplate, type TemplateContext } from '../../../rules/language/template.ts';

const context: TemplateContext = {
  rule: { name: 'r', owner: 'team' },
  labels: { 'service.name': 'checkout', evil: 'a"}\r\nX-Evil: 1\u202e{{ rule.owner }}\0' },
  signals: {
    x: {
      labels: {},
      value: 0.0834,
      count: 12,
      details: { locations: ['fra', 'lon'], silent_for: 5_400_000 },
    },
    none: { labels: {}, value: null, count: 0 },
  },
};
const render = (text: string) => renderTemplate(text, context);

test.each([
  ['plain text, with } and {', 'plain text, with } and {'],
  ['{{ signals.x.value | percent }} of {{ signals.x.count }}', '8.3 % of 12'],
  ['{{ signals.x.value | percent(0) }}', '8 %'],
  ['{{signals.x.value}}', '0.0834'],
  ["{{ signals.x.locations | join(' and ') }}", 'fra and lon'],
  ['{{ signals.x.locations | count }}', '2'],
  ['{{ signals.x.locations | join("|") | upper }}', 'FRA|LON'],
  ['{{ signals.x.silent_for | duration }}', '1h 30m'],
  ['{{ labels.service.name | upper }}', 'CHECKOUT'],
  ['{{ signals.none.value | percent }}', 'unknown'],
  ['{{ signals.none.value | default("–") }}', '–'],
  ['{{ rule.name }} by {{ rule.owner }}', 'r by team'],
])('%s', (template, text) => {
  expect(render(template)).toBe(text);
});

test('a hostile value stays a value: no line, no control character, no turned text, no template', () => {
  expect(render('{{ labels.evil }}')).toBe('a"} X-Evil: 1 {{ rule.owner }} ');
});

test('nothing of JavaScript can be reached', () => {
  for (const path of [
    'labels.__proto__',
    'labels.constructor',
    'signals.x.constructor',
    'signals.__proto__.value',
  ])
    expect(render(`{{ ${path} }}`)).toBe('unknown');
});

test('values and texts are bounded', () => {
  const long = renderTemplate('{{ labels.a }}'.repeat(100), {
    ...context,
    labels: { a: 'x'.repeat(10_000) },
  });
  expect(long).toHaveLength(4_000);
  expect(renderTemplate('{{ labels.a }}', { ...context, labels: { a: 'x'.repeat(10_000) } })).toHaveLength(
    200,
  );
});
