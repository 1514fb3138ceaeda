import type { IncomingMessage } from 'node:http';
import { Problem } from '../../base/errors.ts';
import { encodingOf } from './unpack.ts';

/** Where files of probes go; they do not fit OTLP, spans name them by their hash. */
export interface ArtifactSink {
  /** @throws Problem `hash_mismatch` | `wrong_media_type` | `body_too_large` | `no_room` */
  put(sha256: string, type: string, content: Uint8Array): Promise<'created' | 'known'>;
}

/** What is to be stored, as far as the head of the request says it. */
export interface Upload {
  sha256: string;
  /** Media type. */
  type: string;
}

const PATH = '/v1/artifacts/';

/** Whether a request goes where artefacts go, whatever its method. */
export const isUpload = (request: IncomingMessage): boolean => (request.url ?? '').startsWith(PATH);

/** `PUT /v1/artifacts/<sha256>`; undefined for any other path. @throws Problem when it is one and cannot be taken */
export function uploadOf(request: IncomingMessage): Upload | undefined {
  if (!isUpload(request)) return undefined;
  const path = request.url!.split('?', 1)[0]!;
  if (request.method !== 'PUT') throw new Problem('wrong_method', `${PATH}… takes PUT only`);
  const sha256 = path.slice(PATH.length);
  if (!/^[0-9a-f]{64}$/.test(sha256))
    throw new Problem('not_found', 'An artefact is named by its SHA-256: 64 hex digits in lower case');
  if (encodingOf(request.headers['content-encoding']) !== encodingOf(undefined))
    throw new Problem('unknown_encoding', 'An artefact is sent as it is, without Content-Encoding');
  return { sha256, type: (request.headers['content-type'] ?? '').split(';', 1)[0]!.trim().toLowerCase() };
}
