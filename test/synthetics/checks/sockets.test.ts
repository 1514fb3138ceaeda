/** TCP, TLS and DNS checks against real servers. */
import { expect, test } from 'vitest';
import { expectCertificate } from '../../../synthetics/checks/tls.ts';
import { EXPIRED, VALID } from './certificates.ts';
import { deadPort, look, serveDns, serveHttps, serveTcp } from './targets.ts';

const portOf = (origin: string): string => new URL(origin).port;
const secure = async (cert: string) => portOf(await serveHttps((_, response) => void response.end(), cert));

test('a port that takes connections passes, its phases measured', async () => {
  const port = await serveTcp(() => {});
  const outcome = await look(`tcp: localhost:${port}`);
  expect(outcome.failure).toBeNull();
  const [request] = outcome.steps[0]!.requests;
  expect(request).toMatchObject({ method: 'TCP', url: `tcp://localhost:${port}`, status: 0 });
  expect(request!.phases).toMatchObject({
    dns: expect.any(Number),
    connect: expect.any(Number),
    tls: null,
    ttfb: null,
  });
});

test('a banner may come in pieces, and after something was said', async () => {
  const port = await serveTcp((socket) => {
    socket.once('data', (said) => {
      socket.write(`+PO`);
      setImmediate(() => socket.write(`NG to ${said}`));
    });
  });
  const { failure } = await look(`tcp: 127.0.0.1:${port}\nsend: PING\nexpect: { banner: +PONG to PING }`);
  expect(failure).toBeNull();
});

test.each<[string, string, string, string, RegExp]>([
  ['another banner', 'end', '10s', 'assertion', /^it says "220 mail", not like "SSH"$/],
  ['no banner', 'silence', '200ms', 'target', /^no answer within 0.2 s$/],
  ['a banner without end', 'flood', '10s', 'assertion', /^it says "xxx/],
])('%s fails', async (_, behaviour, timeout, failureClass, message) => {
  const port = await serveTcp((socket) => {
    socket.on('error', () => {});
    if (behaviour === 'end') socket.end('220 mail');
    if (behaviour === 'flood') socket.write('x'.repeat(10_000_000));
  });
  const { failure } = await look(`tcp: 127.0.0.1:${port}\ntimeout: ${timeout}\nexpect: { banner: SSH }`);
  expect(failure).toMatchObject({
    class: failureClass,
    step: 'connect',
    message: expect.stringMatching(message),
  });
});

test('a closed port and a link-local address', async () => {
  expect((await look(`tcp: 127.0.0.1:${await deadPort()}`)).failure).toMatchObject({ class: 'target' });
  expect((await look('tcp: 169.254.169.254:80')).failure).toMatchObject({ class: 'probe' });
});

test.each<[string, string, string, RegExp | null]>([
  ['passes when its certificate is not to be traced', VALID, 'verify: false', null],
  ['fails when nobody we know has signed it', VALID, '', /signed by itself/],
  ['fails when it has expired', EXPIRED, 'verify: false', /expired on 2021-01-01/],
])('a TLS check %s', async (_, cert, more, message) => {
  const outcome = await look(`tls: localhost:${await secure(cert)}\n${more}`);
  expect(outcome.certificateExpiresAt).toEqual(expect.any(Number));
  if (message === null) expect(outcome.failure).toBeNull();
  else expect(outcome.failure).toMatchObject({ class: 'assertion', message: expect.stringMatching(message) });
});

test('a port without TLS fails by the target’s fault', async () => {
  const port = await serveTcp((socket) => void socket.end('SSH-2.0\r\n'));
  expect((await look(`tls: localhost:${port}`)).failure).toMatchObject({
    class: 'target',
    step: 'handshake',
  });
});

test('a certificate must be valid for as long as is expected', () => {
  const now = Date.UTC(2026, 0, 1);
  const inDays = (days: number) => now + days * 86_400_000;
  const least = 14 * 86_400_000;
  expect(() => expectCertificate(inDays(14), least, now)).not.toThrow();
  expect(() => expectCertificate(inDays(13.5), least, now)).toThrow(
    'its certificate expires in 13 days, on 2026-01-14; 14 days are expected',
  );
  expect(() => expectCertificate(null, least, now)).toThrow('it shows no certificate');
});

test('a name has the record that is expected, or it is said what it has', async () => {
  const server = await serveDns('one');
  const good = await look(`dns: shop.example\nserver: ${server}\nexpect: { answers: [192.0.2.7, /^192/] }`);
  expect(good.failure).toBeNull();
  expect(good.steps[0]!.requests[0]!.phases.dns).toBeGreaterThan(0);
  const { failure } = await look(`dns: shop.example\nserver: ${server}\nexpect: { answers: 192.0.2.8 }`);
  expect(failure).toMatchObject({
    class: 'assertion',
    message: 'A of shop.example is 192.0.2.7, without "192.0.2.8"',
  });
});

test('a name that does not exist is an answer; a server that is silent gave none', async () => {
  const none = await look(`dns: gone.example\nserver: ${await serveDns('none')}`);
  expect(none.failure).toMatchObject({ class: 'assertion', message: 'there is no A record of gone.example' });
  const silent = await look(`dns: shop.example\ntimeout: 300ms\nserver: ${await serveDns('silence')}`);
  expect(silent.failure!.class).toBe('target');
  expect((await look('dns: shop.example\nserver: 169.254.169.253')).failure!.class).toBe('probe');
});
