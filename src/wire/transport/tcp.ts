/**
 * Transmission Control Protocol, RFC 9293.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-------------------------------+-------------------------------+
 * |          source port          |       destination port        |
 * +-------------------------------+-------------------------------+
 * |                        sequence number                        |
 * +---------------------------------------------------------------+
 * |                     acknowledgment number                     |
 * +-------+-----+-----------------+-------------------------------+
 * |  off  | rsv |A C E U A P R S F|            window             |
 * +-------+-----+-----------------+-------------------------------+
 * |           checksum            |        urgent pointer         |
 * +-------------------------------+-------------------------------+
 * |                     options, padded to 4                      |
 * +---------------------------------------------------------------+
 *
 * @module
 */

import type { DecodeFault } from '../../errors.js';
import * as checksum from '../core/checksum.js';
import { type FlagBit, flagNames } from '../core/field.js';
import { bits, type Fields, header, type Inits, u16, u32 } from '../core/header.js';
import {
  type Bindings,
  type Carries,
  type Enclosing,
  type FieldNode,
  type Naming,
  type Numbers,
  type Part,
  Step,
  type Steps,
} from '../core/layer.js';
import { judgeChecksum, unverified } from '../core/node.js';
import { IpProtocol } from '../internet/ipv4.js';
import { applicationOf } from './port.js';
import { readTcpOptions, sizeOfTcpOptions, type TcpOption, tcpOptionNodes, writeTcpOptions } from './tcp-options.js';

/** Bits of the flags field, RFC 9293 section 3.1, with AE of RFC 9768. */
export const TcpFlag = {
  FIN: 0x001,
  SYN: 0x002,
  RST: 0x004,
  PSH: 0x008,
  ACK: 0x010,
  URG: 0x020,
  ECE: 0x040,
  CWR: 0x080,
  AE: 0x100,
} as const;

const flagBits: readonly FlagBit[] = [
  { name: 'AE', mask: 0x100, label: 'Accurate ECN', filter: 'tcp.flags.ae' },
  { name: 'CWR', mask: 0x080, label: 'Congestion window reduced', filter: 'tcp.flags.cwr' },
  { name: 'ECE', mask: 0x040, label: 'ECN echo', filter: 'tcp.flags.ece' },
  { name: 'URG', mask: 0x020, label: 'Urgent pointer is valid', filter: 'tcp.flags.urg' },
  { name: 'ACK', mask: 0x010, label: 'Acknowledgment number is valid', filter: 'tcp.flags.ack' },
  { name: 'PSH', mask: 0x008, label: 'Push: hand the data to the application now', filter: 'tcp.flags.push' },
  { name: 'RST', mask: 0x004, label: 'Reset: the connection is refused or aborted', filter: 'tcp.flags.reset' },
  { name: 'SYN', mask: 0x002, label: 'Synchronize sequence numbers: opens a connection', filter: 'tcp.flags.syn' },
  { name: 'FIN', mask: 0x001, label: 'No more data from the sender', filter: 'tcp.flags.fin' },
];

const shape = {
  /** Port of the sending application. */
  srcPort: u16.with({ label: 'Source port', filter: ['tcp.srcport', 'tcp.port'] }),
  /** Port of the application addressed. */
  dstPort: u16.with({ label: 'Destination port', filter: ['tcp.dstport', 'tcp.port'] }),
  /** Number of the first data byte, or of the SYN or FIN itself. Raw, as on the wire. */
  seq: u32.with({ label: 'Sequence number', filter: 'tcp.seq_raw' }),
  /** Next sequence number expected from the peer. Raw; means something only when ACK is set. */
  ack: u32.with({ label: 'Acknowledgment number', filter: 'tcp.ack_raw' }),
  /** Header length in 32-bit words, 5 without options. */
  dataOffset: bits(4).with({ label: 'Header length (data offset)', filter: 'tcp.hdr_len', scale: 4, unit: 'bytes' }),
  /** Must be zero. */
  reserved: bits(3).with({ filter: 'tcp.flags.res' }),
  /** AE, CWR, ECE, URG, ACK, PSH, RST, SYN, FIN. */
  flags: bits(9).with({ filter: 'tcp.flags' }).flags(flagBits),
  /** Bytes the sender is ready to receive, before scaling. */
  window: u16.with({ filter: 'tcp.window_size_value', unit: 'bytes, before scaling' }),
  /** Checksum over a pseudo-header, the header and the data. */
  checksum: u16.with({ filter: 'tcp.checksum', base: 'hex' }),
  /** Offset of the byte behind urgent data; means something only when URG is set. */
  urgentPointer: u16.with({ filter: 'tcp.urgent_pointer' }),
};

/**
 * What to build a TCP header from. Left out: ports (but `dstPort` that of the layer inside, unless `srcPort`
 * is), `seq` and `ack` 0, `flags` SYN, `window` 8192; `dataOffset` and `checksum` are
 * computed. What is given is written as it is, right or wrong. Flags may be names: `'PSH,ACK'`.
 */
export type TcpInit = Inits<typeof shape> & {
  /** Options in wire order; padded with zeros to a multiple of 4 bytes. */
  options?: readonly TcpOption[] | undefined;
};

/** A TCP header and what it carries. */
export class Tcp extends header('TCP', 'tcp', shape) {
  static readonly spansPayload: boolean = true;
  static readonly carries: Carries = { tcpPort: true };
  static readonly naming: Naming = { isOptional: true };

  static step(steps: Steps, bindings: Bindings): Step {
    const { view, at, end } = steps;
    const have = end - at;
    if (have < Tcp.size) return Step.CUT;
    const header = (view.getUint8(at + 12) >> 4) * 4;
    steps.from = at + Math.min(Math.max(header, Tcp.size), have);
    steps.to = end;
    if (header < Tcp.size) return Step.BAD;
    if (steps.from < end) steps.next = applicationOf(steps, bindings.tcpPort, bindings.tcpContent);
    return header > have ? Step.SHORT : Step.WHOLE;
  }

  static override sizeOf(init: unknown): number {
    return Tcp.size + sizeOfTcpOptions((init as TcpInit).options);
  }

  /** Header bytes that are there: what `dataOffset` says, no less than 20 and no more than the buffer has. */
  override get headerLength(): number {
    return Math.min(Math.max(this.dataOffset * 4, Tcp.size), this.end - this.at);
  }

  override fault(): DecodeFault | undefined {
    const truncated = this.truncation(Tcp.size);
    if (truncated) return truncated;
    const have = this.end - this.at;
    const { dataOffset } = this;
    if (dataOffset < 5)
      return this.faultAt(
        'BAD_LENGTH',
        `header length is ${dataOffset * 4}, at least ${Tcp.size} needed`,
        this.at + 12,
      );
    if (dataOffset * 4 > have)
      return this.faultAt('TRUNCATED', `header length is ${dataOffset * 4}, ${have} bytes available`, this.at + 12);
    return undefined;
  }

  /** Whether a flag is set: `tcp.has('SYN')`. */
  has(flag: keyof typeof TcpFlag): boolean {
    return (this.flags & TcpFlag[flag]) !== 0;
  }

  /** Names of the flags that are set, as Wireshark lists them: `['PSH', 'ACK']`. */
  get flagNames(): string[] {
    return flagNames(this.flags, flagBits);
  }

  /** The options, in wire order. */
  get options(): TcpOption[] {
    return readTcpOptions(this.view, this.at + Tcp.size, this.payloadAt);
  }

  /** The checksum this segment should carry. */
  computeChecksum(enclosing: Enclosing): number {
    const pseudo = enclosing.pseudoSum(IpProtocol.TCP, this.end - this.at);
    // The stored value is taken back out, so that the field need not be zeroed first.
    return checksum.finish(checksum.sum(this.view, this.at, this.end, pseudo) + (~this.checksum & 0xffff));
  }

  override write(init: TcpInit, next?: Numbers): void {
    const { view, at } = this;
    if (next?.tcpPort !== undefined && init.srcPort !== next.tcpPort) this.dstPort = next.tcpPort;
    const size = Tcp.sizeOf(init);
    view.setUint8(at + 12, size << 2);
    view.setUint8(at + 13, TcpFlag.SYN);
    view.setUint16(at + 14, 8192);
    this.assign(init);
    if (init.options !== undefined) writeTcpOptions(view, at + Tcp.size, init.options);
  }

  override seal(enclosing: Enclosing | undefined, given: TcpInit | undefined): void {
    if (given?.checksum === undefined && enclosing) this.checksum = this.computeChecksum(enclosing);
  }

  override nodes(enclosing?: Enclosing): FieldNode[] {
    const nodes = Tcp.fields.map((field) =>
      this.node(field, field.name === 'checksum' ? this.#judge(enclosing) : undefined),
    );
    return [...nodes, ...tcpOptionNodes(this.view, this.at + Tcp.size, this.payloadAt)];
  }

  override toInit(): TcpInit {
    const init: TcpInit = super.toInit();
    return this.headerLength > Tcp.size ? { ...init, options: this.options } : init;
  }

  override summary(): string {
    const { length } = this.payload;
    return `${this.srcPort} → ${this.dstPort} [${this.flagNames.join(', ')}] Seq=${this.seq} Ack=${this.ack} Win=${this.window} Len=${length}`;
  }

  #judge(enclosing: Enclosing | undefined): Partial<FieldNode> {
    if (!enclosing) return unverified;
    return judgeChecksum(this.checksum, this.computeChecksum(enclosing));
  }
}

/** Fields of a TCP header, as read. */
export type TcpFields = Fields<typeof shape>;

/** A TCP header for `build`. */
export function tcp(init: TcpInit = {}): Part<TcpInit> {
  return { type: Tcp, init };
}
