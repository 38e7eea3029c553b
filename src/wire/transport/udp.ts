/**
 * User Datagram Protocol, RFC 768.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-------------------------------+-------------------------------+
 * |          source port          |       destination port        |
 * +-------------------------------+-------------------------------+
 * |            length             |           checksum            |
 * +-------------------------------+-------------------------------+
 *
 * @module
 */

import type { DecodeFault } from '../../errors.js';
import * as checksum from '../core/checksum.js';
import { type Fields, header, type Inits, u16 } from '../core/header.js';
import {
  type Bindings,
  type Carries,
  type Enclosing,
  type FieldNode,
  type Numbers,
  type Part,
  type Row,
  Step,
  type Steps,
} from '../core/layer.js';
import { judgeChecksum, unverified } from '../core/node.js';
import { IpProtocol } from '../internet/ipv4.js';
import { applicationOf } from './port.js';

/** Nothing is told by content alone: on UDP Wireshark's guesses are off where they are not sure. */
const noContent: readonly Row[] = [];

const shape = {
  /** Port of the sending application; 0 where no answer is expected. */
  srcPort: u16.with({ label: 'Source port', filter: ['udp.srcport', 'udp.port'] }),
  /** Port of the application addressed. */
  dstPort: u16.with({ label: 'Destination port', filter: ['udp.dstport', 'udp.port'] }),
  /** Bytes of header and data; 0 in a jumbogram, RFC 2675 section 4. */
  length: u16.with({ filter: 'udp.length', unit: 'bytes' }),
  /** Checksum over a pseudo-header, the header and the data; 0 where the sender computed none. */
  checksum: u16.with({ filter: 'udp.checksum', base: 'hex' }),
};

/**
 * What to build a UDP header from. Left out: ports 0, but `dstPort` that of the layer inside unless
 * `srcPort` is; `length` and `checksum` are computed. What is given is written as it is, right or
 * wrong: `checksum: 0` says that none was computed.
 */
export type UdpInit = Inits<typeof shape>;

/** A UDP header and what it carries. */
export class Udp extends header('UDP', 'udp', shape) {
  static readonly carries: Carries = { udpPort: true };

  static step(steps: Steps, bindings: Bindings): Step {
    const { view, at, end } = steps;
    if (end - at < Udp.size) return Step.CUT;
    const length = view.getUint16(at + 4);
    const stop = length === 0 ? end : at + length;
    steps.from = at + Udp.size;
    steps.to = Math.max(steps.from, Math.min(stop, end));
    if (length < Udp.size && length !== 0) return Step.BAD;
    if (steps.from < steps.to) steps.next = applicationOf(steps, bindings.udpPort, noContent);
    if (stop > end) return Step.SHORT;
    steps.end = stop;
    return Step.WHOLE;
  }

  /** The end that `length` gives, or the window's where that is less or the length is 0. */
  override get payloadEnd(): number {
    const { length } = this;
    if (length === 0) return this.end;
    return Math.max(this.at + Udp.size, Math.min(this.at + length, this.end));
  }

  override fault(): DecodeFault | undefined {
    const have = this.end - this.at;
    if (have < Udp.size) return this.truncation(Udp.size);
    const { length } = this;
    if (length > have) return this.faultAt('TRUNCATED', `length is ${length}, ${have} bytes available`, this.at + 4);
    if (length < Udp.size && length !== 0)
      return this.faultAt('BAD_LENGTH', `length is ${length}, at least ${Udp.size} needed`, this.at + 4);
    return undefined;
  }

  /** The checksum this datagram should carry. */
  computeChecksum(enclosing: Enclosing): number {
    const { payloadEnd } = this;
    const pseudo = enclosing.pseudoSum(IpProtocol.UDP, payloadEnd - this.at);
    // The stored value is taken back out, so that the field need not be zeroed first.
    const value = checksum.finish(checksum.sum(this.view, this.at, payloadEnd, pseudo) + (~this.checksum & 0xffff));
    // RFC 768: a sum of zero is sent as all ones, for zero says that there is none.
    return value === 0 ? 0xffff : value;
  }

  override write(init: UdpInit, next?: Numbers): void {
    if (next?.udpPort !== undefined && init.srcPort !== next.udpPort) this.dstPort = next.udpPort;
    this.assign(init);
  }

  override seal(enclosing: Enclosing | undefined, given: UdpInit | undefined): void {
    if (given?.length === undefined) {
      const length = this.end - this.at;
      this.length = length > 0xffff ? 0 : length;
    }
    if (given?.checksum === undefined && enclosing) this.checksum = this.computeChecksum(enclosing);
  }

  override nodes(enclosing?: Enclosing): FieldNode[] {
    return Udp.fields.map((field) => this.node(field, field.name === 'checksum' ? this.#judge(enclosing) : undefined));
  }

  override summary(): string {
    return `${this.srcPort} → ${this.dstPort} Len=${Math.max(0, this.payloadEnd - this.payloadAt)}`;
  }

  #judge(enclosing: Enclosing | undefined): Partial<FieldNode> {
    if (this.checksum === 0) return { meaning: 'none computed' };
    if (!enclosing) return unverified;
    return judgeChecksum(this.checksum, this.computeChecksum(enclosing));
  }
}

/** Fields of a UDP header, as read. */
export type UdpFields = Fields<typeof shape>;

/** A UDP header for `build`. */
export function udp(init: UdpInit = {}): Part<UdpInit> {
  return { type: Udp, init };
}
