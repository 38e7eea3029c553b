/**
 * Rows that are a segment of TCP's own and no message: what a capture's list or the course's sample says of flags.
 *
 * @module
 */

/** Flags by the names and the letters that tools write, in the order of their bits. */
const flags: { readonly [word: string]: string } = {
  FIN: 'FIN',
  F: 'FIN',
  SYN: 'SYN',
  S: 'SYN',
  RST: 'RST',
  RESET: 'RST',
  R: 'RST',
  PSH: 'PSH',
  PUSH: 'PSH',
  P: 'PSH',
  ACK: 'ACK',
  A: 'ACK',
  URG: 'URG',
  U: 'URG',
  ECE: 'ECE',
  E: 'ECE',
  CWR: 'CWR',
  C: 'CWR',
};

const separators = /[\s,;|+/&-]+/;

/** Flags of a column that holds nothing else, as `SYN,ACK`: from names, letters (`PA`, `P.`, `S`) or a number (`0x18`). Nothing where it is none. */
export function readFlags(text: string): string | undefined {
  const bare = text
    .trim()
    .replace(/^\[|\]$/g, '')
    .replaceAll('.', 'A')
    .replaceAll('·', '')
    .toUpperCase();
  if (/^0X[0-9A-F]{1,4}$/.test(bare)) return flagsOfNumber(Number(bare));
  const words = bare.split(separators).filter((word) => word !== '');
  const named = words.map((word) => flags[word]);
  if (words.length > 0 && named.every((name) => name !== undefined)) return joined(named as string[]);
  const letters = /^[FSRPAUEC]+$/.test(bare) ? [...bare].map((letter) => flags[letter]!) : [];
  return letters.length > 0 && new Set(letters).size === letters.length ? joined(letters) : undefined;
}

/** `Seq=0 Ack=1 Win=8192` behind flags, as Wireshark's list has it, and what else people write there. */
const details = /\s+((Seq|Ack|Win|Len|MSS|WS|TSval|TSecr)=\d+\s*|SACK_PERM(=1)?\s*)+$/i;
const remark = /\s*\([^)]*\)$/;

/**
 * Flags of a message that says nothing but them: `SYN`, `Syn-Ack`, `TCP SYN/ACK packet`, `FIN (close)`, `[PSH; ACK] Seq=0 Ack=1 Win=8192 Len=14`.
 * Single letters are words of a chat.
 */
export function controlOf(message: string): string | undefined {
  // What is longer is a message, and so is nearly everything else: told before it is looked at closely.
  if (message.length > 200 || !/^[^a-z]*(tcp|3-way|flags?|syn|ack|fin|rst|reset|psh|push|urg|ece|cwr)/i.test(message))
    return undefined;
  const match = /^(?:\d+ (?:→|->|>) \d+ )?\[([^\]]+)\](?: Seq=.*)?$/.exec(message.trim());
  const text = (match?.[1] ?? message.trim().replace(remark, '').replace(details, ''))
    .replace(/^(tcp|3-way handshake:?|flags?\s*[:=])\s+/i, '')
    .replace(/\s+(packet|segment|flag)$/i, '')
    .replace(/\b(syn|fin|rst|psh)ack\b/gi, '$1,ACK')
    .replaceAll('_', ',');
  const words = text.split(separators);
  // Push and reset are words of a language as well.
  if (words.some((word) => word.length < 3 || /^(push|reset)$/i.test(word) !== /^(PUSH|RESET)$/.test(word)))
    return undefined;
  return readFlags(words.join(','));
}

/** Ports and flags of a segment as Wireshark's list says them: `55000 → 80 [SYN] Seq=0 Win=8192 Len=0`. */
export function readInfo(info: string): { srcPort?: number; dstPort?: number; flags?: string } {
  const ports = /(?:^|\s)(\d{1,5}) (?:→|->|>) (\d{1,5})(?:\s|$)/.exec(info);
  const bracket = [...info.matchAll(/\[([A-Z, ]+)\]/g)].map((match) => readFlags(match[1]!)).find(Boolean);
  return {
    ...(ports ? { srcPort: Number(ports[1]), dstPort: Number(ports[2]) } : {}),
    ...(bracket === undefined ? {} : { flags: bracket }),
  };
}

const order = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG', 'ECE', 'CWR'];

function joined(names: readonly string[]): string {
  return order.filter((name) => names.includes(name)).join(',');
}

function flagsOfNumber(value: number): string | undefined {
  const names = order.filter((_, bit) => value & (1 << bit));
  return names.length > 0 ? names.join(',') : undefined;
}
