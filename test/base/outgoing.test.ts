/** Calls out of the product reach public addresses only, and cost bounded time and memory whatever answers. */
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTcp, type Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Problem } from '../../base/errors.ts';
import { isInnerAddress } from '../../base/inner-address.ts';
import { createOutgoing, type OutgoingRequest } from '../../base/outgoing.ts';

const NAMES: Record<string, readonly string[]> = {
  'public.example': ['93.184.216.34'],
  'inner.example': ['10.1.2.3'],
  'both.example': ['93.184.216.34', '127.0.0.1'],
  'mapped.example': ['::ffff:192.168.0.1'],
  'nat64.example': ['64:ff9b::a00:1'],
  'none.example': [],
  localhost: ['127.0.0.1', '::1'],
};

/** Only the loopback answers here: a public name would really be called. */
const lookup = async (host: string): Promise<readonly string[]> => NAMES[host] ?? ['127.0.0.1'];

const guarded = createOutgoing({ lookup });
const post = (url: string, more: Partial<OutgoingRequest> = {}): OutgoingRequest => ({
  url,
  method: 'POST',
  body: '{}',
  timeout: 2_000,
  ...more,
});

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return 'answered';
  } catch (thrown) {
    return thrown instanceof Problem ? thrown.code : `not a problem: ${thrown}`;
  }
}

/** Hosts as somebody would write them to reach the inside. */
const SPELLINGS = [
  '127.0.0.1',
  '127.1',
  '127.0.1',
  '127.255.255.254',
  '2130706433',
  '0x7f000001',
  '0x7f.1',
  '0x7f.0.0.1',
  '0X7F.0X0.0X0.0X1',
  '0177.0.0.1',
  '0177.1',
  '017700000001',
  '00000177.0.0.1',
  '127.0.0.1.',
  '127.1.',
  '127.0x0.0.01',
  '127.0.00.1',
  '①②⑦.⓪.⓪.①',
  '１２７.0.0.1',
  '127。0。0。1',
  '127｡0｡0｡1',
  '127．0．0．1',
  '%31%32%37.0.0.1',
  '127.0.0.%31',
  '0',
  '0.0.0.0',
  '0x0',
  '00',
  '0.0',
  'localhost',
  'LOCALHOST',
  'LocalHost',
  'localhost.',
  'localhost..',
  'ｌｏｃａｌｈｏｓｔ',
  'loc%61lhost',
  'localhost。',
  'loca\tlhost',
  '10.0.0.1',
  '10.1',
  '167772161',
  '0xa.1',
  '012.1.2.3',
  '172.16.0.1',
  '172.31.255.255',
  '2886729729',
  '192.168.0.1',
  '192.168.257',
  '3232235521',
  '0xc0a80001',
  '0300.0250.0.1',
  '169.254.169.254',
  '2852039166',
  '0xa9fea9fe',
  '0251.0376.0251.0376',
  '169.254.43518',
  '100.64.0.1',
  '100.127.255.254',
  '192.0.0.8',
  '198.18.0.1',
  '224.0.0.1',
  '240.0.0.1',
  '255.255.255.255',
  '4294967295',
  '192.0.2.1',
  '198.51.100.7',
  '203.0.113.9',
  '192.88.99.1',
  '[::]',
  '[::1]',
  '[0:0:0:0:0:0:0:1]',
  '[0000::0001]',
  '[::127.0.0.1]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[::FFFF:7F00:0001]',
  '[0:0:0:0:0:ffff:127.0.0.1]',
  '[::ffff:10.0.0.1]',
  '[::ffff:a9fe:a9fe]',
  '[::ffff:0.0.0.0]',
  '[fe80::1]',
  '[febf::1]',
  '[fec0::1]',
  '[fc00::1]',
  '[fd12:3456:789a::1]',
  '[fd00:ec2::254]',
  '[ff02::1]',
  '[2002:7f00:1::]',
  '[2002:a00:1::1]',
  '[2002:c0a8:1::]',
  '[64:ff9b::7f00:1]',
  '[64:ff9b::10.0.0.1]',
  '[64:ff9b:1::7f00:1]',
  '[2001:0:7f00:1::]',
  '[2001:db8::1]',
  '[100::1]',
  '[::a00:1]',
  '[5f00::1]',
  'inner.example',
  'INNER.example.',
  'both.example',
  'mapped.example',
  'nat64.example',
  'unknown.example',
];

describe('an inner address', () => {
  test('there are many spellings', () => {
    expect(new Set(SPELLINGS).size).toBe(SPELLINGS.length);
    expect(SPELLINGS.length).toBeGreaterThanOrEqual(100);
  });

  test.each(SPELLINGS)('is refused as %s', async (host) => {
    expect(await codeOf(guarded(post(`http://${host}:8080/`)))).toBe('outgoing_refused');
  });

  test('is told from a public one', () => {
    for (const address of [
      '8.8.8.8',
      '93.184.216.34',
      '2606:4700::1',
      '::ffff:8.8.8.8',
      '172.32.0.1',
      '100.128.0.1',
    ])
      expect(isInnerAddress(address), address).toBe(false);
    expect(isInnerAddress('not an address')).toBe(true);
  });
});

test.each([
  ['file:///etc/passwd', /http and https/],
  ['gopher://public.example/', /http and https/],
  ['javascript:alert(1)', /http and https/],
  ['https://public.example:22/', /port 22/],
  ['http://public.example:25/', /port 25/],
  ['https://me:secret@public.example/', /user and password/],
  [`https://public.example/${'a'.repeat(3_000)}`, /longer than/],
  ['not a url', /not one/],
])('%s is refused, without a word of its secrets', async (url, sentence) => {
  const thrown = await guarded(post(url)).catch((one: Problem) => one);
  expect(thrown).toMatchObject({ code: 'outgoing_refused', retryable: false });
  expect((thrown as Problem).message).toMatch(sentence);
  expect((thrown as Problem).message).not.toContain('secret');
});

describe('what is allowed is reached:', () => {
  test.each([
    ['by the setting, as a host', { allow: ['localhost'] }, {}, 'localhost'],
    ['by the setting, as a network', { allow: ['127.0.0.0/8'] }, {}, '127.0.0.1'],
    ['by the receiver', {}, { allowPrivate: ['127.0.0.1'] }, '127.0.0.1'],
    ['whatever the spelling', {}, { allowPrivate: ['127.0.0.1'] }, '0x7f.1'],
  ])('%s', async (_, options, more, host) => {
    const port = await serve((_request, response) => response.end('ok'));
    const send = createOutgoing({ ...options, lookup: async () => ['127.0.0.1'] });
    expect(await send(post(`http://${host}:${port}/`, more))).toMatchObject({ status: 200, body: 'ok' });
  });

  test('and nothing else with it', async () => {
    const send = createOutgoing({ allow: ['10.0.0.0/8', 'hooks.internal'], lookup });
    expect(await codeOf(send(post('http://127.0.0.1:9/')))).toBe('outgoing_refused');
    expect(await codeOf(send(post('http://hooks.internal.example:9/')))).toBe('outgoing_refused');
  });
});

test('the address that was checked is the one that is called, whatever the name says a moment later', async () => {
  const port = await serve((request, response) => response.end(request.headers.host));
  const answers = [['127.0.0.1'], ['127.0.0.2']];
  const send = createOutgoing({ allow: ['127.0.0.1'], lookup: async () => answers.shift()! });
  const url = `http://rebinding.example:${port}/`;
  expect((await send(post(url))).body).toBe(`rebinding.example:${port}`);
  expect(await codeOf(send(post(url)))).toBe('outgoing_refused');
  expect(answers).toEqual([]);
});

describe('a receiver that', () => {
  const send = createOutgoing({ allow: ['127.0.0.1'] });
  const to = (port: number, more: Partial<OutgoingRequest> = {}) =>
    send(post(`http://127.0.0.1:${port}/hook?token=secret`, more));

  test('redirects is not followed', async () => {
    let calls = 0;
    const port = await serve((_, response) => {
      calls += 1;
      response.writeHead(301, { Location: '/elsewhere' }).end();
    });
    expect((await to(port)).status).toBe(301);
    expect(calls).toBe(1);
  });

  test('never answers fails within its time', async () => {
    const port = await serve(() => {});
    const thrown = await to(port, { timeout: 200 }).catch((one: Problem) => one);
    expect(thrown).toMatchObject({ code: 'outgoing_failed', retryable: true });
    expect((thrown as Problem).message).toBe(`http://127.0.0.1:${port}: no answer within 0.2 s`);
  });

  test('drips its headers fails within its time', async () => {
    const port = await listenTcp((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      const timer = setInterval(() => socket.write('X-Drip: 1\r\n'), 20);
      socket.once('close', () => clearInterval(timer)).on('error', () => {});
    });
    expect(await codeOf(to(port, { timeout: 300 }))).toBe('outgoing_failed');
  });

  test('sends more than is wanted is cut off, and its status counts', async () => {
    let sent = 0;
    const port = await serve((_, response) => {
      const more = () => {
        while (response.write('x'.repeat(65_536)) && sent < 1e9) sent += 65_536;
      };
      response.on('drain', more).on('error', () => {});
      more();
    });
    const answer = await to(port);
    expect([answer.status, answer.body.length]).toEqual([200, 65_536]);
    expect(sent).toBeLessThan(1e8);
  });

  test('drips its body is believed by its status', async () => {
    const port = await serve((_, response) => {
      response.writeHead(202).write('a');
    });
    expect(await to(port, { timeout: 300 })).toMatchObject({ status: 202, body: 'a' });
  });

  test('resets after the body fails, to be tried again', async () => {
    const port = await serve((request) => {
      request.resume().on('end', () => request.socket.resetAndDestroy());
    });
    expect(await codeOf(to(port))).toBe('outgoing_failed');
  });

  test('speaks something else than HTTP fails', async () => {
    const port = await listenTcp((socket) => void socket.on('error', () => {}).end('SSH-2.0-OpenSSH\r\n'));
    expect(await codeOf(to(port))).toBe('outgoing_failed');
  });

  test('has no TLS, or none that is trusted, fails', async () => {
    const port = await serve((_, response) => response.end());
    expect(await codeOf(send(post(`https://127.0.0.1:${port}/`)))).toBe('outgoing_failed');
  });

  test('is not there fails, and the reason has no path and no token', async () => {
    const port = await serve(() => {});
    const thrown = await to(1).catch((one: Problem) => one);
    expect((thrown as Problem).message).not.toMatch(/hook|secret/);
    expect(port).toBeGreaterThan(0);
  });
});

test('a name without an address fails, to be tried again', async () => {
  expect(await codeOf(guarded(post('https://none.example/')))).toBe('outgoing_failed');
});

async function serve(listener: RequestListener): Promise<number> {
  const server: Server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as { port: number }).port;
}

async function listenTcp(connected: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createTcp((socket) => {
    sockets.add(socket);
    connected(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as { port: number }).port;
}
