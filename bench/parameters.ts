// What an object for a call's arguments costs where calls come once a packet or oftener: `npm run bench -- parameters`. The reason why the
// functions that `src/parameters.test.ts` lists take more than four.
import { ethernet, ipv4, LinkType, type Packet, tcp } from 'wirebook';
import { build, dissect, dissectView } from 'wirebook/wire';
import { measure, median, type RunOptions } from './harness.js';

interface Segment {
  readonly seq: number;
  readonly ack: number;
  readonly bits: number;
  readonly window: number;
  readonly length: number;
  readonly frame: number;
  readonly time: number;
}

type Positional = (
  seq: number,
  ack: number,
  bits: number,
  window: number,
  length: number,
  frame: number,
  time: number,
) => number;
type ByObject = (segment: Segment) => number;

/** Several that take turns, so that V8 inlines none of them, as it inlines none of the big functions in question. */
const positional: readonly Positional[] = Array.from(
  { length: 5 },
  (_, i): Positional =>
    (seq, ack, bits, window, length, frame, time) =>
      (seq ^ ack ^ bits ^ i) + window + length + frame + time,
);
const byObject: readonly ByObject[] = Array.from(
  { length: 5 },
  (_, i): ByObject =>
    ({ seq, ack, bits, window, length, frame, time }) =>
      (seq ^ ack ^ bits ^ i) + window + length + frame + time,
);

function callPositional(count: number): number {
  let sink = 0;
  for (let i = 0; i < count; i++) sink ^= positional[i % 5]!(i, i + 1, 16, 65_535, 1460, i, i * 20);
  return sink;
}

function callByObject(count: number): number {
  let sink = 0;
  for (let i = 0; i < count; i++)
    sink ^= byObject[i % 5]!({ seq: i, ack: i + 1, bits: 16, window: 65_535, length: 1460, frame: i, time: i * 20 });
  return sink;
}

const { view, at, end }: Packet = build(ethernet(), ipv4(), tcp({ srcPort: 1, dstPort: 2 }), 'data');

function dissectPositional(count: number): number {
  let sink = 0;
  for (let i = 0; i < count; i++) sink ^= dissectView(view, at, end, LinkType.ETHERNET).layers.length;
  return sink;
}

function dissectByObject(count: number): number {
  let sink = 0;
  for (let i = 0; i < count; i++) sink ^= dissect({ view, at, end, linkType: LinkType.ETHERNET }).layers.length;
  return sink;
}

export async function run(options: RunOptions): Promise<void> {
  await measure(options, ({ quick, tell }) => {
    const pairs = [
      ['calls with seven arguments', callPositional, callByObject, quick ? 2e6 : 5e7],
      ['dissect to TCP', dissectPositional, dissectByObject, quick ? 2e5 : 3e6],
    ] as const;
    for (const [name, one, other, count] of pairs) {
      const rates: [number[], number[]] = [[], []];
      for (let round = 0; round < (quick ? 2 : 5); round++)
        for (const [side, work] of [one, other].entries()) {
          const began = performance.now();
          if (!Number.isInteger(work(count))) throw new Error('miscounted');
          rates[side]!.push((count / (performance.now() - began)) * 1000);
        }
      const [value, peer] = [median(rates[0]), median(rates[1])];
      tell({ name, value, unit: '/s', peer: 'the same by an object', ratio: value / peer });
    }
  });
}
