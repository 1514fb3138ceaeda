/** `npm run rules -- receivers test`: who sets a receiver up sees at once whether it takes messages. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createOutgoing } from '../../../base/outgoing.ts';
import { runCommand } from '../../../rules/commands/command.ts';
import { receiversCommand } from '../../../rules/commands/receivers.ts';
import { testFolder } from '../../helpers/folder.ts';
import { fakeReceiver } from '../notify/setting.ts';

async function receivers(url: string, ...args: string[]) {
  const folder = testFolder();
  writeFileSync(
    join(folder, 'receivers.yaml'),
    'receivers:\n  - { name: shop, url: "env:SHOP_URL", secrets: ["env:SHOP_KEY"] }\n',
  );
  const said = { out: '', err: '' };
  const outlet = () => ({
    send: createOutgoing({ allow: ['127.0.0.1'] }),
    externalUrl: 'http://localhost:8080',
    env: { SHOP_URL: url, SHOP_KEY: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' },
  });
  const status = await runCommand(
    'npm run rules --',
    { receivers: receiversCommand(folder, outlet) },
    ['receivers', ...args],
    (text) => {
      said.out += text;
    },
    (text) => {
      said.err += text;
    },
  );
  return { status, ...said };
}

test('a test message is signed, its answer is told, and the exit code says whether it was taken', async () => {
  const shop = await fakeReceiver();
  const taken = await receivers(shop.url, 'test', 'shop');
  expect(taken).toMatchObject({ status: 0, err: '' });
  expect(taken.out).toMatch(/^shop: took it, 2\d\d after \d+ ms\n/);
  expect(shop.calls).toMatchObject([
    { json: { type: 'test' }, headers: { 'webhook-signature': expect.stringMatching(/^v1,/) } },
  ]);
  shop.answer = (response) => response.writeHead(404).end('no such hook\u001b[2J');
  const refused = await receivers(shop.url, 'test', 'shop');
  expect(refused.status).toBe(1);
  expect(refused.out).toMatch(/^shop: answered 404 after \d+ ms\n {2}no such hook\ufffd\[2J\n$/);
});

test('a receiver that does not answer, and one that is not there, are told with what helps', async () => {
  expect(await receivers('http://127.0.0.1:1/', 'test', 'shop')).toMatchObject({
    status: 1,
    out: expect.stringMatching(/^shop: .*127\.0\.0\.1/),
  });
  expect(await receivers('', 'test', 'shp')).toMatchObject({
    status: 1,
    err: 'There is no receiver "shp"; did you mean "shop"?\n',
  });
});

test('without "test" they are listed, and no address is shown', async () => {
  expect(await receivers('http://127.0.0.1:1/secret')).toMatchObject({
    status: 0,
    out: expect.stringMatching(/^shop +incident\.v1 +env:SHOP_URL\n$/),
  });
  expect((await receivers('', 'tst')).status).toBe(2);
});
