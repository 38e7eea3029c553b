/** Sentences are checked against conversations of which it is known what was done to them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeCapture } from '../../capture/index.js';
import { Random } from '../../random.js';
import { build, icmp, ipv4, type TcpInit, tcp } from '../../wire/index.js';
import { Traffic } from '../traffic.js';
import { explain } from './explain.js';

type Bytes = Uint8Array;

/** What must never be said of a kind of conversation, since its packets contradict it, and what must be. */
interface Truth {
  readonly make: (next: (below: number) => number) => Bytes[];
  readonly must: RegExp;
  readonly never: RegExp;
}

function speakers(next: (below: number) => number) {
  const [srcPort, dstPort] = [40000 + next(20000), 1 + next(1000)];
  const at = { c: next(2 ** 32), s: next(2 ** 32) };
  const send = (isClient: boolean, flags: string, payload = '', init: TcpInit = {}): Bytes => {
    const [from, to] = isClient ? [srcPort, dstPort] : [dstPort, srcPort];
    const mine = isClient ? 'c' : 's';
    const ack = flags.includes('ACK') ? at[isClient ? 's' : 'c'] : 0;
    const { bytes } = build(ipv4(), tcp({ srcPort: from, dstPort: to, seq: at[mine], ack, flags, ...init }), payload);
    at[mine] = (at[mine] + payload.length + (/SYN|FIN/.test(flags) ? 1 : 0)) >>> 0;
    return bytes;
  };
  const handshake = () => [send(true, 'SYN'), send(false, 'SYN,ACK'), send(true, 'ACK')];
  const talk = () =>
    Array.from({ length: 1 + next(4) }, () => {
      const isClient = next(2) === 0;
      return [send(isClient, 'PSH,ACK', 'x'.repeat(2 + next(200))), send(!isClient, 'ACK')];
    }).flat();
  return { send, handshake, talk, at };
}

const lost = /lost a segment|is lost|no answer is in the capture/;

const truths: { readonly [kind: string]: Truth } = {
  'refused again and again': {
    make: (next) => {
      const { send, at } = speakers(next);
      const isn = at.c;
      const payload = 'y'.repeat(next(2) * next(30));
      return Array.from({ length: 1 + next(6) }, () => {
        at.c = isn;
        return [send(true, 'SYN', payload), send(false, 'RST,ACK', '', { seq: 0 })];
      }).flat();
    },
    must: /\[reset-refused\]/,
    never: /lost a segment|may have been lost|no answer is in|opened|\[retransmission\]|\[reset-abort\]/,
  },
  'still open': {
    make: (next) => {
      const { handshake, talk } = speakers(next);
      return [...handshake(), ...talk()];
    },
    must: /still open when the capture ends.*\[connection-open\]/,
    never: /whole connection|closes|resets|do not tell|\[no-handshake\]/,
  },
  'half closed': {
    make: (next) => {
      const { handshake, talk, send } = speakers(next);
      const side = next(2) === 0;
      return [...handshake(), ...talk(), send(side, 'FIN,ACK'), send(!side, 'ACK')];
    },
    must: /\[half-closed\]/,
    never: /whole connection|still open|resets|\[no-handshake\]/,
  },
  'opened and closed': {
    make: (next) => {
      const { handshake, talk, send } = speakers(next);
      return [...handshake(), ...talk(), send(true, 'FIN,ACK'), send(false, 'FIN,ACK'), send(true, 'ACK')];
    },
    must: /\[complete-connection\]/,
    never: /still open|half closed|resets|\[no-handshake\]|was lost/,
  },
  'reset after everything was acknowledged': {
    make: (next) => {
      const { handshake, talk, send } = speakers(next);
      return [...handshake(), ...talk(), send(next(2) === 0, 'RST,ACK')];
    },
    must: /\[reset-abort\].*had been acknowledged/,
    never: /whether these data arrived|under way is lost|no connection for these|refuses/,
  },
  'reset with data not acknowledged': {
    make: (next) => {
      const { handshake, talk, send } = speakers(next);
      return [...handshake(), ...talk(), send(true, 'PSH,ACK', 'z'), send(true, 'RST,ACK')];
    },
    must: /whether these data arrived cannot be seen/,
    never: /had been acknowledged|still open|refuses/,
  },
  'joined in the middle': {
    make: (next) => speakers(next).talk(),
    must: /\[joined-in-the-middle\]/,
    never: /do not tell|knew of no connection|\[no-handshake\]|resets/,
  },
  'keep-alives only': {
    make: (next) => {
      const { send, at } = speakers(next);
      return Array.from({ length: 2 + next(4) }, () => {
        const probe = send(true, 'ACK', '\0');
        const answer = send(false, 'ACK');
        at.c = (at.c - 1) >>> 0;
        return [probe, answer];
      }).flat();
    },
    must: /\[keep-alive\]/,
    never: /\[no-handshake\]|with data|\[retransmission\]|\[seq-not-advancing\]/,
  },
  'crafted and reset': {
    make: (next) => {
      const { send, at } = speakers(next);
      return Array.from({ length: 1 + next(5) }, (_, i) => {
        at.c = 0;
        const request = send(true, 'PSH,ACK', `row ${i}`, { ack: 0 });
        return [request, send(false, 'RST', '', { seq: 0 })];
      }).flat();
    },
    must: /knew of no connection/,
    never: /do not tell|joins|program ended|was lost|had been opened/,
  },
  'quoted by an ICMP error': {
    make: (next) => {
      const syn = speakers(next).send(true, 'SYN');
      return [syn, build(ipv4({ src: '192.0.2.1' }), icmp({ type: 3, code: 1 }), syn).bytes];
    },
    must: /\[icmp-error\]/,
    never: /no answer is in the capture|refuses/,
  },
};

for (const [kind, { make, must, never }] of Object.entries(truths)) {
  test(`of 60 conversations that are ${kind}, nothing is said that their packets contradict`, async () => {
    for (let seed = 1; seed <= 60; seed++) {
      const generate = new Random(seed);
      const packets = make((below) => generate.below(below));
      const inits = packets.map((bytes, i) => ({ bytes, timestamp: BigInt(i) * 10_000_000n }));
      const traffic = await Traffic.read(encodeCapture(inits, { interfaces: [{ linkType: 101 }] }));
      const text = explain(traffic)
        .map(({ rule, sentence, why }) => `${sentence} [${rule}] ${why}`)
        .join(' ');
      assert.match(text, must, `seed ${seed}`);
      assert.doesNotMatch(text, never, `seed ${seed}`);
      if (kind !== 'quoted by an ICMP error') assert.doesNotMatch(text, lost, `seed ${seed}`);
    }
  });
}
