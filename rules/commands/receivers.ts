import { systemClock } from '../../base/clock.ts';
import { Problem } from '../../base/errors.ts';
import { originOf, type SendOutgoing } from '../../base/outgoing.ts';
import { readSecret } from '../../base/secrets.ts';
import { testReceiver } from '../notify/heartbeats.ts';
import type { Command, CommandInput } from './command.ts';
import { readSources } from './sources.ts';

/** What leads out of this process, as the product is set to reach receivers. */
export interface Outlet {
  send: SendOutgoing;
  /** For links in the message. */
  externalUrl: string;
  env: Readonly<Record<string, string | undefined>>;
}

/** `rules receivers test NAME`: one test message from here, with the secrets of this shell. */
export function receiversCommand(defaultFolder: string, outlet: () => Outlet): Command {
  return {
    summary: 'List the receivers, or send one of them a test message and tell what it answers.',
    usage: '[test NAME] [--folder DIR] [--json]',
    options: { folder: { type: 'string' }, json: { type: 'boolean' } },
    help: [
      'test NAME     signed and guarded as every message; env: and file: are read here',
      `--folder DIR  where the rules are (${defaultFolder})`,
      '--json        one JSON object instead of text',
      'Exit code: 0 it was taken, 1 it was not, 2 wrong usage.',
    ],
    run: async (input) => {
      const { flags, args, out } = input;
      const { receivers } = readSources(String(flags.folder ?? defaultFolder), false).loaded.set;
      const [verb, name, ...more] = args;
      if (verb === 'test' && name !== undefined && more.length === 0)
        return test(name, receivers, outlet(), input);
      if (verb !== undefined) throw new Problem('usage', 'Say which one: rules receivers test NAME');
      if (flags.json) out(`${JSON.stringify(receivers, null, 2)}\n`);
      else
        for (const one of receivers)
          out(`${one.name.padEnd(24)} ${one.payload.padEnd(12)} ${targetOf(one.url)}\n`);
      return true;
    },
  };
}

async function test(
  name: string,
  receivers: Parameters<typeof testReceiver>[1],
  { send, externalUrl, env }: Outlet,
  { flags, out }: Pick<CommandInput, 'flags' | 'out'>,
): Promise<boolean> {
  const told = await testReceiver(name, receivers, {
    send,
    clock: systemClock,
    secret: (reference) => readSecret(reference, env),
    externalUrl: () => externalUrl,
    installation: () => '',
  });
  if (flags.json) out(`${JSON.stringify({ receiver: name, ...told }, null, 2)}\n`);
  else {
    out(`${name}: ${told.ok ? `took it, ${told.status}` : told.error} after ${told.ms} ms\n`);
    // An answer cannot drive the terminal.
    if (told.said.trim() !== '') out(`  ${told.said.trim().replace(/\p{C}/gu, '\ufffd')}\n`);
  }
  return told.ok;
}

/** References as they are; of an address only its origin, the rest may be a secret. */
const targetOf = (url: string): string => (/^(?:env|file):/.test(url) ? url : originOf(url));
