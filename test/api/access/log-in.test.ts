/** Log-in: one way in, once; nothing that can be guessed, kept or used again. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { addressKey, Limiter } from '../../../api/access/limiter.ts';
import { createPasswords } from '../../../api/access/passwords.ts';
import { PASSWORD, type Setting, setting } from './setting.ts';

let it: Setting;
beforeEach(() => {
  it = setting();
});
afterEach(() => it.close());

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const cookieOf = (headers: Headers) => headers.get('set-cookie')!.split(';')[0]!;

describe('the first administrator', () => {
  test('comes in by the link, chooses name and password, and the link is used up', async () => {
    const { link } = it.accounts.administratorLink();
    expect((await it.ask('POST /api/join/look', '', { link })).json).toEqual({ name: null, role: 'admin' });
    const joined = await it.ask('POST /api/join', '', { link, name: 'Ada', password: PASSWORD });
    expect(joined.json).toEqual({ auth: 'on', user: { name: 'Ada', role: 'admin' } });
    expect((await it.ask('GET /api/users', cookieOf(joined.headers))).json.users).toMatchObject([
      { name: 'Ada', role: 'admin', invited: false },
    ]);
    const again = await it.ask('POST /api/join', '', { link, name: 'Eve', password: PASSWORD });
    expect(again).toMatchObject({ status: 410, json: { error: { code: 'link_used' } } });
    expect(it.accounts.hasAdministrator()).toBe(true);
  });

  test('cannot come in by a link of more than an hour ago, or an earlier one', async () => {
    const earlier = it.accounts.administratorLink().link;
    const { link } = it.accounts.administratorLink();
    expect((await it.ask('POST /api/join/look', '', { link: earlier })).status).toBe(410);
    it.clock.at += HOUR;
    expect((await it.ask('POST /api/join', '', { link, name: 'Ada', password: PASSWORD })).status).toBe(410);
  });

  test('of two who use the link at once is one', async () => {
    const { link } = it.accounts.administratorLink();
    const both = await Promise.all(
      ['Ada', 'Eve'].map((name) => it.ask('POST /api/join', '', { link, name, password: PASSWORD })),
    );
    expect(both.map(({ status }) => status).sort()).toEqual([200, 410]);
    expect(it.accounts.list()).toHaveLength(1);
  });
});

describe('a session', () => {
  test('is a cookie no script and no other site has, and nothing of it is in the store', async () => {
    await it.person('ada', 'viewer');
    const { headers, json } = await it.ask('POST /api/session', '', { name: ' ADA ', password: PASSWORD });
    expect(json.user).toEqual({ name: 'ada', role: 'viewer' });
    expect(headers.get('set-cookie')).toMatch(
      /^loopwatch=lws_[\w-]{43}; Max-Age=604800; Path=\/; HttpOnly; SameSite=Lax$/,
    );
    const secret = cookieOf(headers).split('=')[1]!;
    const hash = (await import('../../../api/access/secrets.ts')).hashOf(secret);
    expect(it.state.people.sessions.get(secret)).toBeNull();
    expect(it.state.people.sessions.get(hash)).not.toBeNull();
  });

  test('ends with sign-out, for this session only', async () => {
    const one = await it.person('ada', 'viewer');
    const other = cookieOf(
      (await it.ask('POST /api/session', '', { name: 'ada', password: PASSWORD })).headers,
    );
    const out = await it.ask('DELETE /api/session', one);
    expect(out.headers.get('set-cookie')).toMatch(/^loopwatch=; Max-Age=0/);
    expect((await it.ask('GET /api/status', one)).status).toBe(401);
    expect((await it.ask('GET /api/status', other)).status).toBe(200);
  });

  test('ends after twelve hours without a request, and after seven days with', async () => {
    const idle = await it.person('ada', 'viewer');
    it.clock.at += 12 * HOUR - MINUTE;
    expect((await it.ask('GET /api/status', idle)).status).toBe(200);
    it.clock.at += 12 * HOUR;
    expect((await it.ask('GET /api/status', idle)).status).toBe(401);
    const busy = await it.person('bob', 'viewer');
    for (let hours = 0; hours < 7 * 24 - 1; hours += 11) {
      expect((await it.ask('GET /api/status', busy)).status).toBe(200);
      it.clock.at += 11 * HOUR;
    }
    expect((await it.ask('GET /api/status', busy)).status).toBe(401);
    it.accounts.tidy();
    expect((await it.ask('GET /api/session', busy)).json.user).toBeNull();
  });

  test('ends when the password is changed elsewhere, reset, or the user removed', async () => {
    const ada = await it.person('ada', 'viewer');
    const other = cookieOf(
      (await it.ask('POST /api/session', '', { name: 'ada', password: PASSWORD })).headers,
    );
    const next = `${PASSWORD} staple`;
    expect(
      (await it.ask('POST /api/session/password', ada, { current: 'wrong', next })).json.error.code,
    ).toBe('wrong_password');
    await it.ask('POST /api/session/password', ada, { current: PASSWORD, next });
    expect((await it.ask('GET /api/status', ada)).status).toBe(200);
    expect((await it.ask('GET /api/status', other)).status).toBe(401);

    const admin = await it.person('root', 'admin');
    const { id } = it.accounts.list().find(({ name }) => name === 'ada')!;
    const { link } = (await it.ask(`POST /api/users/${id}/reset`, admin)).json;
    expect((await it.ask('GET /api/status', ada)).status).toBe(401);
    expect((await it.ask('POST /api/session', '', { name: 'ada', password: next })).status).toBe(401);
    const back = await it.ask('POST /api/join', '', { link, password: PASSWORD });
    expect(back.json.user).toEqual({ name: 'ada', role: 'viewer' });
    await it.ask(`DELETE /api/users/${id}`, admin);
    expect((await it.ask('GET /api/status', cookieOf(back.headers))).status).toBe(401);
  });

  test('has the role of this moment', async () => {
    const [ada, admin] = [await it.person('ada', 'viewer'), await it.person('root', 'admin')];
    const { id } = it.accounts.list().find(({ name }) => name === 'ada')!;
    expect((await it.ask('GET /api/tokens', ada)).status).toBe(403);
    await it.ask(`POST /api/users/${id}/role`, admin, { role: 'admin' });
    expect((await it.ask('GET /api/tokens', ada)).status).toBe(200);
  });
});

describe('a wrong password', () => {
  test('and a wrong name are told alike', async () => {
    await it.person('ada', 'viewer');
    const [wrong, nobody] = [
      await it.ask('POST /api/session', '', { name: 'ada', password: 'wrong' }),
      await it.ask('POST /api/session', '', { name: 'nobody', password: 'wrong' }),
    ];
    expect(wrong.json).toEqual(nobody.json);
    expect(wrong.status).toBe(401);
  });

  test('ten times is enough for five minutes, told with Retry-After, whatever is right then', async () => {
    await it.person('ada', 'viewer');
    const tries = await Promise.all(
      Array.from({ length: 11 }, () => it.ask('POST /api/session', '', { name: 'ada', password: 'wrong' })),
    );
    expect(tries.map(({ status }) => status).sort()).toEqual([...Array(10).fill(401), 429]);
    it.clock.at += 4 * MINUTE;
    const refused = await it.ask('POST /api/session', '', { name: 'ada', password: PASSWORD });
    expect({ status: refused.status, after: refused.headers.get('retry-after') }).toEqual({
      status: 429,
      after: '60',
    });
    it.clock.at += MINUTE;
    expect((await it.ask('POST /api/session', '', { name: 'ada', password: PASSWORD })).status).toBe(200);
  });

  test('is counted by address too, with names that nobody has', () => {
    const limiter = new Limiter(20, 5 * MINUTE, () => 0);
    for (let i = 0; i < 20; i++) limiter.attempt('192.0.2.1');
    expect(() => limiter.attempt('192.0.2.1')).toThrow(/try again in 300 s/);
    limiter.attempt('192.0.2.2');
    expect(['2001:db8::1', '2001:db8:0:0:9::', '2001:db8:0:1::1', '::1'].map(addressKey)).toEqual([
      ...['2001:db8:0:0', '2001:db8:0:0', '2001:db8:0:1', '0:0:0:0'],
    ]);
  });
});

test('a password is kept as scrypt with its parameters and salt, and others are read with theirs', async () => {
  const passwords = createPasswords();
  const [one, two] = [await passwords.hash('ä'.normalize('NFC')), await passwords.hash('ä')];
  expect(one).toMatch(/^scrypt\$ln=15,r=8,p=3\$[\w-]{22}\$[\w-]{43}$/);
  expect(one).not.toBe(two);
  expect(await passwords.verify('ä'.normalize('NFD'), one)).toBe(true);
  expect(await passwords.verify('a', one)).toBe(false);
  expect(await passwords.verify('', '')).toBe(false);
  // RFC 7914, section 12: scrypt("pleaseletmein", "SodiumChloride", 16384, 8, 1), its first 32 bytes.
  const rfc = Buffer.from('7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2', 'hex');
  const stored = `scrypt$ln=14,r=8,p=1$${Buffer.from('SodiumChloride').toString('base64url')}$${rfc.toString('base64url')}`;
  expect(await passwords.verify('pleaseletmein', stored)).toBe(true);
});

test.each([
  ['short', { link: 'x', name: 'ada', password: 'short' }, /password: has fewer than 12/],
  ['long', { link: 'x', name: 'ada', password: 'x'.repeat(257) }, /password/],
  ['with a line break in its name', { link: 'x', name: 'a\nb', password: PASSWORD }, /control characters/],
])('a user whose password or name is %s is refused with the reason', async (_, body, sentence) => {
  const { status, json } = await it.ask('POST /api/join', '', body);
  expect(status).toBe(400);
  expect(json.error.message).toMatch(sentence);
});

test('the only administrator can be neither removed, nor reset, nor made less', async () => {
  const admin = await it.person('root', 'admin');
  const { id } = it.accounts.list()[0]!;
  for (const request of [
    `DELETE /api/users/${id}`,
    `POST /api/users/${id}/reset`,
    `POST /api/users/${id}/role`,
  ])
    expect(
      await it.ask(request, admin, request.startsWith('D') ? undefined : { role: 'viewer' }),
    ).toMatchObject({
      status: 409,
      json: { error: { message: expect.stringMatching(/only administrator/) } },
    });
  await it.person('other', 'admin');
  expect((await it.ask(`DELETE /api/users/${id}`, admin)).status).toBe(200);
});
