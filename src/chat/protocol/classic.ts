/**
 * The classic dialect, section 10 of the protocol: the wire format of the Python programs, both ways.
 *
 * @module
 */

/** What the original's server says, byte for byte. */
export const classic = {
  welcome: (name: string): string => `Welcome ${name}!`,
  delivery: (from: string, rest: string): string => `${from}: ${rest}`,
  noSuchUser: (name: string): string => `User ${name} not found.`,
  format: "Format error. Use 'Target: Message'",
} as const;

/** What one read of a classic client says of a server. */
export type ClassicLine =
  | { readonly type: 'welcome'; readonly name: string }
  | { readonly type: 'delivery'; readonly from: string; readonly text: string }
  | { readonly type: 'no-such-user'; readonly name: string }
  | { readonly type: 'format' }
  | { readonly type: 'other'; readonly text: string };

/** Reads what arrived in one read. */
export function parseClassic(text: string): ClassicLine {
  if (text === classic.format) return { type: 'format' };
  const absent = /^User (.*) not found\.$/s.exec(text);
  if (absent) return { type: 'no-such-user', name: absent[1]! };
  const welcome = /^Welcome (.*)!$/s.exec(text);
  if (welcome) return { type: 'welcome', name: welcome[1]! };
  const words = otherWords.exec(text);
  if (words) return { type: 'delivery', from: words[1] ?? words[2] ?? words[3]!, text: words[4]! };
  const colon = text.indexOf(': ');
  if (colon <= 0 || text.startsWith(' ')) return { type: 'other', text };
  const rest = text.slice(colon + 2);
  return { type: 'delivery', from: text.slice(0, colon), text: rest.startsWith(' ') ? rest.slice(1) : rest };
}

/** How servers that are like the original, but for their words, pass a message on: `[Alice]: hi`, `@Alice: hi`, `Message from Alice: hi`. */
const otherWords = /^(?:\[([^\]:]{1,64})\]|@([^\s:]{1,64})|message from ([^:]{1,64})): ? ?(.*)$/is;

/** Bytes at the end of `bytes` that begin a character of UTF-8 without ending it: 0 to 3. */
export function unfinishedLength(bytes: Uint8Array): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back]!;
    if ((byte & 0xc0) === 0x80) continue;
    const needed =
      byte >= 0xf0 && byte < 0xf8 ? 4 : byte >= 0xe0 && byte < 0xf0 ? 3 : byte >= 0xc0 && byte < 0xe0 ? 2 : 1;
    return needed > back ? back : 0;
  }
  return 0;
}
