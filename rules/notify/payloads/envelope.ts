/** What all payloads have in common. */
import type { Content } from '../message.ts';

/** What a payload needs beside its content. */
export interface Envelope {
  /** Of the message; the same in every attempt. */
  id: string;
  /** When the message was made, unix ms. */
  at: number;
  receiver: string;
  /** Tells this installation from others. */
  installation: string;
  /** The dashboard's address, for links. */
  externalUrl: string;
}

export interface Payload {
  contentType: string;
  body: string;
}

/** Writes a content with at most so many alerts of each incident and characters of each text. */
export type Writer = (content: Content, envelope: Envelope, most: Most) => Payload;

export interface Most {
  alerts: number;
  items: number;
  text: number;
}

/** Cut with an ellipsis, never within a surrogate pair. */
export function shorten(text: string, most: number): string {
  if (text.length <= most) return text;
  return `${text.slice(0, most - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}
