import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import { createSecureContext, type SecureContextOptions, type Server } from 'node:tls';
import { messageOf, Problem } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Config } from './settings.ts';
import type { Teardown } from './teardown.ts';

export interface Tls {
  /** To make a server with. */
  options: SecureContextOptions;
  /** From now on the server gets each new certificate; connections that are open keep theirs. */
  renew(server: Pick<Server, 'setSecureContext'>): void;
}

const LOOK_MS = 2_000;

/**
 * Certificate and key from their files, read again whenever one of them changes; undefined when none are set.
 * @throws Problem `tls_unusable`
 */
export function openTls(config: Config, log: Log, teardown: Teardown): Tls | undefined {
  const files = [config['tls-cert'], config['tls-key']];
  if (files.every((file) => file === '')) return undefined;
  if (files.includes(''))
    throw new Problem(
      'tls_unusable',
      '--tls-cert and --tls-key are given together: the certificate and its private key.',
    );
  let options = readTls(files);
  const servers: Pick<Server, 'setSecureContext'>[] = [];
  const changed = () => {
    try {
      options = readTls(files);
    } catch (thrown) {
      // One of the two files is often written before the other.
      return log.warn('The new certificate cannot be used; the old one stays.', {
        reason: messageOf(thrown),
      });
    }
    for (const server of servers) server.setSecureContext(options);
    log.info('The certificate was read again.');
  };
  // Looked at and not listened to: certificates are often replaced by moving a link to a folder.
  for (const file of files) watchFile(file, { interval: LOOK_MS, persistent: false }, changed);
  teardown.add('certificate', () => {
    for (const file of files) unwatchFile(file, changed);
  });
  return { options, renew: (server) => void servers.push(server) };
}

function readTls([certFile, keyFile]: readonly string[]): SecureContextOptions {
  try {
    const options = {
      cert: readFileSync(certFile!),
      key: readFileSync(keyFile!),
      minVersion: 'TLSv1.2',
    } as const;
    createSecureContext(options);
    return options;
  } catch (thrown) {
    throw new Problem(
      'tls_unusable',
      `The certificate ${certFile} with the key ${keyFile} cannot be used: ${messageOf(thrown)}. Check --tls-cert and --tls-key.`,
    );
  }
}
