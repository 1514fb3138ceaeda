/** The images and the compose file speak of settings, files and releases that exist. */
import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { ROLES, type Role, readConfig } from '../../app/config.ts';

const read = (file: string) => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
const dockerfile = read('Dockerfile');
const { dependencies } = JSON.parse(read('package.json'));

interface Service {
  image: string;
  command?: string[];
  environment: Record<string, string>;
  healthcheck?: { test: string[] };
  read_only?: boolean;
  cap_drop?: string[];
  volumes?: string[];
}
const compose = parse(read('docker-compose.yml'), { merge: true }) as {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
};
const ours = Object.entries(compose.services).filter(([, { image }]) => image.startsWith('loopwatch'));

/** `ENV` of the image that a service is made of, and its own variables, with secrets filled in. */
function environmentOf({ image, environment }: Service): Record<string, string> {
  const stage = image.startsWith('loopwatch-synthetics') ? 'synthetics' : 'loopwatch';
  const text = dockerfile.split(/^FROM /m).find((part) => new RegExp(` AS ${stage}\\n`).test(part))!;
  const baked = Object.fromEntries(
    [...text.matchAll(/\b(LOOPWATCH_\w+)=(\S+)/g)].map(([, key, value]) => [key!, value!]),
  );
  const filled = Object.entries(environment).map(([key, value]) => [
    key,
    value.replace(/\$\{\w+(?::-([^}]*)|:\?[^}]*)\}/g, (_, fallback) => fallback ?? 'a-secret'),
  ]);
  return { ...baked, ...Object.fromEntries(filled) };
}

test('every role is a service, and each would start with its settings', () => {
  const roles = ours.map(([name]) => name);
  expect(roles.toSorted()).toEqual(ROLES.filter((role) => role !== 'all').toSorted());
  for (const [name, service] of ours) {
    const env = environmentOf(service);
    expect(readConfig({ args: [], role: name as Role, env, readFile: () => undefined }), name).not.toBe(
      'help',
    );
    expect(service.command ?? [name], name).toEqual([name]);
  }
});

test('services of ours cannot write but where they must, and give up every right they do not need', () => {
  for (const [name, { read_only, cap_drop, volumes }] of ours) {
    expect({ name, read_only, cap_drop }).toEqual({ name, read_only: true, cap_drop: ['ALL'] });
    for (const volume of volumes ?? [])
      expect(
        volume.startsWith('./') ? volume.endsWith(':ro') : volume.split(':')[0]! in compose.volumes,
        volume,
      ).toBe(true);
  }
  for (const stage of dockerfile.split(/^FROM /m).slice(2)) expect(stage).toMatch(/^USER (?!root)\w+$/m);
});

test('images are of the releases that are installed here', () => {
  const images = [...dockerfile.matchAll(/(?:^FROM |--from=)(\S+:\S+)/gm)].map(([, image]) => image);
  expect(new Set(images)).toEqual(
    new Set([
      `node:${dependencies.node}-bookworm-slim`,
      `mcr.microsoft.com/playwright:v${dependencies.playwright}-noble`,
    ]),
  );
});

test('what the images run is there', () => {
  const files = [dockerfile, read('docker-compose.yml')].flatMap((text) => [
    ...text.matchAll(/"(app\/\S+\.js)"/g),
  ]);
  expect(files.length).toBeGreaterThan(2);
  for (const [, file] of files)
    expect(existsSync(new URL(`../../${file}`, import.meta.url)), file).toBe(true);
});
