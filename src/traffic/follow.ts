/**
 * Following a stream: what both sides said, in order, as bytes, text or dialogue.
 *
 * @module
 */
import { bytesOf } from '../bytes.js';
import { Assembler, type Piece } from './assembler.js';
import type { Outline } from './outline.js';
import { TcpStream } from './tcp-stream.js';
import type { Tracker } from './tracker.js';
import type { UdpStream } from './udp-stream.js';

/** What one side said before the other spoke, or a part of it. */
export interface Utterance {
  /** Whether it goes from `b` to `a`; `a` spoke first. */
  readonly isReverse: boolean;
  readonly bytes: Uint8Array;
  /** Bytes missing from the capture at this place; 0 for data. */
  readonly missing: number;
  /** Bytes behind these that the capture's snap length cut off. */
  readonly cut: number;
  readonly frame: number;
  /** Nanoseconds since the capture's first frame. */
  readonly time: number;
}

/** Collects one stream while a tracker goes through a capture. */
export class Follower {
  readonly #protocol: 'tcp' | 'udp';
  readonly #stream: number;
  readonly #a: Assembler;
  readonly #b: Assembler;
  readonly #utterances: Utterance[] = [];
  #found: TcpStream | UdpStream | undefined;

  /** @param limit bytes of each direction that may wait for those before them */
  constructor(protocol: 'tcp' | 'udp', stream: number, limit?: number) {
    this.#protocol = protocol;
    this.#stream = stream;
    this.#a = new Assembler(limit);
    this.#b = new Assembler(limit);
  }

  /** Takes in the frame that the tracker has just tracked. */
  add(tracker: Tracker, frame: number, time: number): void {
    const { outline, streams, reverses } = tracker;
    const count = outline.transportCount;
    for (let i = 0; i < count; i++) {
      const stream = streams[i];
      const isOurs = stream?.index === this.#stream && stream instanceof TcpStream === (this.#protocol === 'tcp');
      if (stream === undefined || !isOurs) continue;
      outline.select(i);
      this.#found = stream;
      this.#take(outline, reverses[i]!, frame, time);
    }
  }

  #take(outline: Outline, isReverse: boolean, frame: number, time: number): void {
    const { view, transportAt, payloadAt, end } = outline;
    const length = Math.max(0, outline.payloadLength);
    const bytes = bytesOf(view, payloadAt, Math.max(payloadAt, Math.min(end, payloadAt + length)));
    if (this.#protocol === 'udp') {
      if (length > 0)
        this.#utterances.push({ isReverse, bytes: bytes.slice(), missing: 0, cut: length - bytes.length, frame, time });
      return;
    }
    const seq = view.getInt32(transportAt + 4);
    const flags = view.getUint16(transportAt + 12) & 0x1ff;
    const [own, other] = isReverse ? [this.#b, this.#a] : [this.#a, this.#b];
    if ((flags & 0x10) !== 0) this.#say(!isReverse, other.acknowledge(view.getInt32(transportAt + 8), frame, time));
    this.#say(isReverse, own.add({ seq, flags, bytes, length, frame, time }));
  }

  #say(isReverse: boolean, pieces: readonly Piece[]): void {
    for (const piece of pieces) this.#utterances.push({ isReverse, ...piece });
  }

  /** What was said so far; undefined while no frame of the stream has come. */
  get conversation(): FollowedStream | undefined {
    return this.#found === undefined ? undefined : new FollowedStream(this.#found, this.#utterances);
  }
}

/** What both sides of a stream said. */
export class FollowedStream {
  readonly stream: TcpStream | UdpStream;
  /** In the order in which it could be read: a piece for each segment that brought bytes, and for each gap. */
  readonly utterances: readonly Utterance[];

  constructor(stream: TcpStream | UdpStream, utterances: readonly Utterance[]) {
    this.stream = stream;
    this.utterances = utterances;
  }

  /** All bytes of one side, gaps left out. */
  bytes(isReverse: boolean): Uint8Array {
    const parts = this.utterances.filter((each) => each.isReverse === isReverse && each.missing === 0);
    const all = new Uint8Array(parts.reduce((sum, { bytes }) => sum + bytes.length, 0));
    let at = 0;
    for (const { bytes } of parts) {
      all.set(bytes, at);
      at += bytes.length;
    }
    return all;
  }

  /** Bytes missing from the capture on one side, as far as acknowledgments show. */
  missing(isReverse: boolean): number {
    return this.utterances.reduce((sum, each) => sum + (each.isReverse === isReverse ? each.missing : 0), 0);
  }

  /** What was said in turn: neighbouring pieces of one side joined, as text. */
  dialogue(): { isReverse: boolean; speaker: string; text: string; frame: number; time: number; missing: number }[] {
    const turns: { isReverse: boolean; frame: number; time: number; missing: number; parts: Uint8Array[] }[] = [];
    for (const { isReverse, bytes, missing, frame, time } of this.utterances) {
      const last = turns.at(-1);
      if (missing === 0 && last !== undefined && last.isReverse === isReverse && last.missing === 0)
        last.parts.push(bytes);
      else turns.push({ isReverse, frame, time, missing, parts: [bytes] });
    }
    return turns.map(({ isReverse, frame, time, missing, parts }) => ({
      isReverse,
      speaker: isReverse ? this.stream.bEndpoint : this.stream.aEndpoint,
      text: missing > 0 ? gapText(missing) : decodeParts(parts),
      frame,
      time,
      missing,
    }));
  }

  /** The dialogue as text: who speaks, then what, with what is no printable character shown as a dot. */
  toString(): string {
    return this.dialogue()
      .map(({ speaker, text, isReverse }) => `${isReverse ? '◀' : '▶'} ${speaker}\n${printable(text)}`)
      .join('\n');
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }

  toJSON(): unknown {
    const { stream } = this;
    return {
      stream: stream.index,
      a: stream.aEndpoint,
      b: stream.bEndpoint,
      dialogue: this.dialogue().map(({ speaker, text, frame, time, missing }) => ({
        speaker,
        frame,
        time: time / 1e9,
        ...(missing > 0 ? { missing } : { text }),
      })),
    };
  }
}

/** Wireshark's words for a gap. */
export function gapText(missing: number): string {
  return `[${missing} bytes missing in capture file]`;
}

function decodeParts(parts: readonly Uint8Array[]): string {
  const decoder = new TextDecoder();
  let text = '';
  for (const part of parts) text += decoder.decode(part, { stream: true });
  return text + decoder.decode();
}

/** Text from the network must not move the cursor or colour the terminal. */
function printable(text: string): string {
  return text.replace(/\r\n/g, '\n').replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffd]/g, '.');
}
