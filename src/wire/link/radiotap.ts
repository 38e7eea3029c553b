/**
 * Radiotap: what the receiver of a wireless frame says of it, https://www.radiotap.org. Numbers are little-endian.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +---------------+---------------+-------------------------------+
 * |    version    |      pad      |            length             |
 * +---------------+---------------+-------------------------------+
 * |  present: which fields follow; with its last bit set, more    |
 * +---------------------------------------------------------------+
 * |  fields, each at a multiple of its size                       |
 * +---------------------------------------------------------------+
 *
 * @module
 */
import { bytesOf, formatHex } from '../../bytes.js';
import type { DecodeFault } from '../../errors.js';
import { type Bindings, bytesNode, type Carries, type FieldNode, Layer, type Part, type Row } from '../core/layer.js';
import { node, valued } from '../core/node.js';
import { EtherType } from './ethernet.js';
import { Wlan } from './wlan.js';

const size = 8;
const Present = { TSFT: 0x01, FLAGS: 0x02, MORE: 0x8000_0000 } as const;
/** Bit of the field of flags: the frame ends with its check sequence. */
const FCS = 0x10;
const fcsBytes = 4;

/** What to build a radiotap header from. Left out: everything 0 and no field; the length is computed. */
export interface RadiotapInit {
  version?: number | undefined;
  pad?: number | undefined;
  length?: number | undefined;
  /** Which fields there are. */
  present?: number | undefined;
  /** The fields as they are, further words of `present` before them. */
  content?: Uint8Array | undefined;
}

/** A radiotap header and the frame behind it. */
export class Radiotap extends Layer {
  static override readonly label: string = 'Radiotap';
  static override readonly protocol: string = 'radiotap';
  static readonly carries: Carries = { etherType: [EtherType.LLC] };

  static sizeOf(init: unknown): number {
    return size + ((init as RadiotapInit).content?.length ?? 0);
  }

  get version(): number {
    return this.view.getUint8(this.at);
  }

  get pad(): number {
    return this.view.getUint8(this.at + 1);
  }

  /** Length of the header, in bytes. */
  get length(): number {
    return this.view.getUint16(this.at + 2, true);
  }

  /** Which fields there are, the first word. */
  get present(): number {
    return this.view.getUint32(this.at + 4, true);
  }

  /** What stands behind the first word. */
  get content(): Uint8Array {
    return bytesOf(this.view, this.at + size, this.payloadAt);
  }

  /** The field of flags, where it is there. */
  get flags(): number | undefined {
    const at = this.#flagsAt;
    return at === undefined ? undefined : this.view.getUint8(at);
  }

  get headerLength(): number {
    return Math.max(size, Math.min(this.length, this.end - this.at));
  }

  override get payloadEnd(): number {
    const hasFcs = ((this.flags ?? 0) & FCS) !== 0 && this.end - this.payloadAt >= fcsBytes;
    return hasFcs ? this.end - fcsBytes : this.end;
  }

  override get keepsTrailer(): boolean {
    return true;
  }

  headerFault(): DecodeFault | undefined {
    const truncated = this.truncation(size);
    if (truncated) return truncated;
    const { length } = this;
    if (length < size) return this.faultAt('BAD_LENGTH', `length is ${length}, at least ${size} needed`, this.at + 2);
    return this.truncation(length);
  }

  override next(bindings: Bindings): Row | undefined {
    return bindings.of(Wlan);
  }

  write({ version, pad, length, present, content }: RadiotapInit): void {
    const { view, at } = this;
    view.setUint8(at, version ?? 0);
    view.setUint8(at + 1, pad ?? 0);
    view.setUint16(at + 2, length ?? size + (content?.length ?? 0), true);
    view.setUint32(at + 4, present ?? 0, true);
    if (content !== undefined) bytesOf(view, at + size).set(content);
  }

  toInit(): RadiotapInit {
    const { version, pad, length, present, content } = this;
    return { version, pad, length, present, content };
  }

  nodes(): FieldNode[] {
    const { view, at, version, pad, length, present, flags } = this;
    const nodes = [
      node({ name: 'version', label: 'Version', filters: 'radiotap.version' }, at, 1, valued(version)),
      node({ name: 'pad', label: 'Pad', filters: 'radiotap.pad' }, at + 1, 1, valued(pad)),
      node({ name: 'length', label: 'Length', filters: 'radiotap.length' }, at + 2, 2, valued(length)),
      node(
        { name: 'present', label: 'Present', filters: 'radiotap.present.word' },
        at + 4,
        4,
        valued(present, formatHex(present, 8)),
      ),
    ];
    let from = at + size;
    for (let word = present; word >= Present.MORE && from + 4 <= this.payloadAt; from += 4) {
      word = view.getUint32(from, true);
      const said = { name: 'present', label: 'Present', filters: 'radiotap.present.word' };
      nodes.push(node(said, from, 4, valued(word, formatHex(word, 8))));
    }
    const flagsAt = this.#flagsAt;
    const rest = (name: string, begin: number, end: number): void => {
      if (begin < end) nodes.push(bytesNode({ name, label: 'Fields', filters: [] }, view, begin, end));
    };
    if (flagsAt === undefined || flags === undefined) rest('fields', from, this.payloadAt);
    else {
      rest('before', from, flagsAt);
      const said = { name: 'flags', label: 'Flags', filters: 'radiotap.flags' };
      nodes.push(node(said, flagsAt, 1, valued(flags, formatHex(flags, 2))));
      rest('fields', flagsAt + 1, this.payloadAt);
    }
    return nodes;
  }

  override trailerNodes(at: number, end: number, frameAt: number): FieldNode[] {
    if (end - at !== fcsBytes) return super.trailerNodes(at, end, frameAt);
    const value = this.view.getUint32(at, true);
    const said = { name: 'fcs', label: 'Frame check sequence', filters: 'wlan.fcs' };
    return [node(said, at, fcsBytes, valued(value, formatHex(value, 8)))];
  }

  override summary(): string {
    return `Radiotap, ${this.headerLength} bytes`;
  }

  /** The field of flags stands behind the words, and the time stamp where there is one. */
  get #flagsAt(): number | undefined {
    const { view, at, payloadAt } = this;
    if ((this.present & Present.FLAGS) === 0) return undefined;
    let offset = size;
    for (let word = this.present; word >= Present.MORE; offset += 4) {
      if (at + offset + 4 > payloadAt) return undefined;
      word = view.getUint32(at + offset, true);
    }
    if ((this.present & Present.TSFT) !== 0) offset = Math.ceil(offset / 8) * 8 + 8;
    return at + offset < payloadAt ? at + offset : undefined;
  }
}

/** A radiotap header for `build`, before `wlan()`. */
export function radiotap(init: RadiotapInit = {}): Part<RadiotapInit> {
  return { type: Radiotap, init };
}
