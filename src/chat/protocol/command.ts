/**
 * What a client's line says, section 3 to 6 of the protocol.
 *
 * @module
 */

/** A line of a client, understood. */
export type Command =
  | { readonly type: 'message'; readonly tag: string | undefined; readonly to: string; readonly rest: string }
  | { readonly type: 'all'; readonly tag: string | undefined; readonly text: string }
  | { readonly type: 'login'; readonly name: string; readonly password: string | undefined }
  | { readonly type: 'who'; readonly tag: string | undefined; readonly prefix: string }
  | { readonly type: 'help' | 'quit' }
  | { readonly type: 'ping' | 'pong'; readonly token: string }
  | { readonly type: 'unknown'; readonly word: string }
  | { readonly type: 'malformed'; readonly tag: string | undefined }
  | { readonly type: 'nothing' };

const tagged = /^#([0-9A-Za-z]{1,16}) +(.*)$/s;
/** The tag a line begins with, though the rest of it may be anything. */
export function tagOf(line: string): string | undefined {
  return /^#([0-9A-Za-z]{1,16}) /.exec(line)?.[1];
}

const nothing: Command = { type: 'nothing' };

/** Reads a line. Every line is some command: what cannot be used is `malformed` or `unknown`. */
export function parseCommand(line: string): Command {
  let text = line;
  let tag: string | undefined;
  if (line.charCodeAt(0) === 0x23) {
    const match = tagged.exec(line);
    if (!match) return { type: 'malformed', tag };
    tag = match[1]!;
    text = match[2]!;
  }
  if (text.charCodeAt(0) === 0x2f) return parseWord(text, tag);
  const colon = text.indexOf(':');
  if (colon < 0) return text === '' && tag === undefined ? nothing : { type: 'malformed', tag };
  const to = text.slice(0, colon).trim();
  return to === '' ? { type: 'malformed', tag } : { type: 'message', tag, to, rest: text.slice(colon + 1) };
}

function parseWord(text: string, tag: string | undefined): Command {
  const space = text.indexOf(' ');
  const word = space < 0 ? text : text.slice(0, space);
  const rest = space < 0 ? '' : text.slice(space + 1);
  if (word === '/all') return { type: 'all', tag, text: rest.trimStart() };
  if (word === '/who') return { type: 'who', tag, prefix: rest.trim() };
  if (tag !== undefined) return { type: 'malformed', tag };
  switch (word) {
    case '/login': {
      const match = /^ *(\S*)(?: +(.+))?/.exec(rest);
      return { type: 'login', name: match?.[1] ?? '', password: match?.[2] };
    }
    case '/help':
    case '/quit':
      return { type: word === '/help' ? 'help' : 'quit' };
    case '/ping':
    case '/pong':
      return { type: word === '/ping' ? 'ping' : 'pong', token: rest.trim() };
    default:
      return { type: 'unknown', word };
  }
}
