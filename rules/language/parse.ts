/** One file: what kind it is, and its form, with every mistake that shows without the other files. */
import type { z } from 'zod';
import type { FileProblem } from '../../model/rule.ts';
import { type Path, readYaml, type YamlFile } from './document.ts';
import { type RuleForm, ruleForm } from './forms/rule.ts';
import { type SettingsForm, settingsForm } from './forms/settings.ts';
import { unknownKey } from './forms/values.ts';
import { mend } from './mend.ts';

export interface ParsedFile {
  file: string;
  text: string;
  yaml: YamlFile;
  /**
   * At most one of them; neither when the file cannot be understood. With problems in its form it is as it seems to be
   * meant, so that what else is wrong can be told, too; it never comes into force.
   */
  rule: RuleForm | undefined;
  settings: SettingsForm | undefined;
  problems: readonly FileProblem[];
}

const RULE_KEYS = Object.keys(ruleForm.shape);
const SETTINGS_KEYS = Object.keys(settingsForm.shape);

/** Reads a rule, or what stands beside rules; a rule is known by its `if`, `signals` or `name`. */
export function parseFile(file: string, text: string): ParsedFile {
  const yaml = readYaml(file, text);
  const nothing = { file, text, yaml, rule: undefined, settings: undefined };
  if (yaml.problems.length > 0) return { ...nothing, problems: yaml.problems };
  const { content } = yaml;
  if (content === null || typeof content !== 'object' || Array.isArray(content))
    return {
      ...nothing,
      problems: [at(yaml, [], content === null ? 'the file is empty' : 'a file is a map of keys')],
    };
  const keys = Object.keys(content);
  if (['if', 'signals', 'name'].some((key) => keys.includes(key))) {
    const { data, problems } = checkForm(ruleForm, yaml);
    return { ...nothing, rule: data, problems };
  }
  if (SETTINGS_KEYS.some((key) => keys.includes(key))) {
    const { data, problems } = checkForm(settingsForm, yaml);
    return { ...nothing, settings: data, problems };
  }
  const known = [...RULE_KEYS, ...SETTINGS_KEYS];
  return {
    ...nothing,
    problems: keys.map((key) => ({ file, ...yaml.placeOfKey([], key), message: unknownKey(key, known) })),
  };
}

/** Holds content against a schema; all mistakes, each at its place. */
export function checkForm<Schema extends z.ZodType>(
  schema: Schema,
  yaml: YamlFile,
): { data: z.infer<Schema> | undefined; problems: FileProblem[] } {
  const { success, data, error } = schema.safeParse(yaml.content);
  if (success) return { data, problems: [] };
  const mended = schema.safeParse(mend(yaml.content, error.issues));
  return { data: mended.data, problems: error.issues.flatMap((issue) => problemsOf(issue, yaml)) };
}

/** A problem at a path: the sentence begins with the path, so that it can be read without the file. */
export function at(yaml: YamlFile, path: Path, message: string): FileProblem {
  const where = pathText(path);
  return { file: yaml.file, ...yaml.placeOf(path), message: where ? `${where}: ${message}` : message };
}

function problemsOf(issue: z.core.$ZodIssue, yaml: YamlFile): FileProblem[] {
  const path = issue.path.map((step) => (typeof step === 'number' ? step : String(step)));
  if (issue.code === 'unrecognized_keys') {
    const prefix = path.length > 0 ? `${pathText(path)}: ` : '';
    const messages = issue.message.split('\n');
    return issue.keys.map((key, i) => ({
      file: yaml.file,
      ...yaml.placeOfKey(path, key),
      message: prefix + (messages[i] ?? `"${key}" is not known here`),
    }));
  }
  if (issue.code === 'invalid_key') return [at(yaml, path, issue.issues[0]?.message ?? issue.message)];
  if (issue.code === 'invalid_type' && valueAt(yaml.content, path) === undefined)
    return [at(yaml, path.slice(0, -1), `"${path.at(-1)}" is missing`)];
  return [at(yaml, path, lowerFirst(issue.message))];
}

function valueAt(content: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, step) => (value as Record<string, unknown> | undefined)?.[step],
    content,
  );
}

function pathText(path: Path): string {
  return path.reduce<string>(
    (text, step) => (typeof step === 'number' ? `${text}[${step}]` : text ? `${text}.${step}` : step),
    '',
  );
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
