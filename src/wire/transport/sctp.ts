/**
 * Stream Control Transmission Protocol, RFC 9260: the common header. The chunks behind it are payload here.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-------------------------------+-------------------------------+
 * |          source port          |       destination port        |
 * +-------------------------------+-------------------------------+
 * |                       verification tag                        |
 * +---------------------------------------------------------------+
 * |                      checksum (CRC-32C)                       |
 * +---------------------------------------------------------------+
 *
 * @module
 */

import { crc32c } from '../core/crc.js';
import { type Fields, header, type Inits, u16, u32 } from '../core/header.js';
import type { Enclosing, FieldNode, Numbers, Part } from '../core/layer.js';
import { judgeChecksum, unverified } from '../core/node.js';

const shape = {
  /** Port of the sending application. */
  srcPort: u16.with({ label: 'Source port', filter: ['sctp.srcport', 'sctp.port'] }),
  /** Port of the application addressed. */
  dstPort: u16.with({ label: 'Destination port', filter: ['sctp.dstport', 'sctp.port'] }),
  /** Proves that the sender knows the association. */
  verificationTag: u32.with({ filter: 'sctp.verification_tag', base: 'hex' }),
  /** CRC-32C over the whole packet, this field taken as zero; its bytes least significant first. */
  checksum: u32.with({ filter: 'sctp.checksum', base: 'hex' }),
};

/** What to build an SCTP header from. Left out: zeros; `checksum` is computed. */
export type SctpInit = Inits<typeof shape>;

/** An SCTP header; its chunks are its payload. */
export class Sctp extends header('SCTP', 'sctp', shape) {
  static readonly spansPayload: boolean = true;

  /** The checksum this packet should carry. It spans no pseudo-header. */
  computeChecksum(): number {
    const { view, at, end } = this;
    const before = crc32c(view, at, at + 8);
    const value = crc32c(view, at + Sctp.size, end, crc32c(zeros, 0, 4, before));
    // The register goes out with its lowest byte first, RFC 9260 appendix A.
    return ((value & 0xff) * 0x1000000 + ((value & 0xff00) << 8) + ((value >>> 8) & 0xff00) + (value >>> 24)) >>> 0;
  }

  override write(init: SctpInit, _next?: Numbers): void {
    this.assign(init);
  }

  override seal(_enclosing: Enclosing | undefined, given: SctpInit | undefined): void {
    if (given?.checksum === undefined) this.checksum = this.computeChecksum();
  }

  override nodes(enclosing?: Enclosing): FieldNode[] {
    return Sctp.fields.map((field) => this.node(field, field.name === 'checksum' ? this.#judge(enclosing) : undefined));
  }

  override summary(): string {
    return `${this.srcPort} → ${this.dstPort} SCTP`;
  }

  #judge(enclosing: Enclosing | undefined): Partial<FieldNode> {
    if (!enclosing) return unverified;
    return judgeChecksum(this.checksum, this.computeChecksum(), 8);
  }
}

const zeros = new DataView(new ArrayBuffer(4));

/** Fields of an SCTP header, as read. */
export type SctpFields = Fields<typeof shape>;

/** An SCTP header for `build`. */
export function sctp(init: SctpInit = {}): Part<SctpInit> {
  return { type: Sctp, init };
}
