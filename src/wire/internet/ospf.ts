/**
 * Open Shortest Path First, version 2, RFC 2328 appendix A. Of version 3 (RFC 5340) the header is read, the rest is left as bytes.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +---------------+---------------+-------------------------------+
 * |    version    |     type      |         packet length         |
 * +---------------+---------------+-------------------------------+
 * |                           router ID                           |
 * +---------------------------------------------------------------+
 * |                            area ID                            |
 * +-------------------------------+-------------------------------+
 * |           checksum            | authentication type (vers. 2) |
 * +-------------------------------+-------------------------------+
 * |               authentication data, 8 bytes (version 2)        |
 * +---------------------------------------------------------------+
 *
 * @module
 */
import type { DecodeFault } from '../../errors.js';
import * as checksum from '../core/checksum.js';
import { ipv4Address, octets, u8, u16, u32 } from '../core/header.js';
import type { Enclosing, FieldNode, Numbers, Part } from '../core/layer.js';
import { type MessageInit, message } from '../core/message.js';
import { before, bytes, choice, counted, inline, list, type Rule, record, tail, text, value } from '../core/rule.js';
import { type Lsa, type LsaHeader, lsaFrame, lsaHeader, optionFlags } from './ospf-lsa.js';

/** Packet types. */
export const OspfType = { HELLO: 1, DATABASE_DESCRIPTION: 2, REQUEST: 3, UPDATE: 4, ACKNOWLEDGMENT: 5 } as const;

const typeNames: { readonly [value: number]: string } = {
  1: 'Hello Packet',
  2: 'DB Description',
  3: 'LS Request',
  4: 'LS Update',
  5: 'LS Acknowledge',
};

const shape = {
  version: u8.with({ filter: 'ospf.version' }),
  type: u8.with({ label: 'Message type', filter: 'ospf.msg', names: typeNames }),
  /** Bytes of the packet, a digest behind it not counted. */
  packetLength: u16.with({ filter: 'ospf.packet_length', unit: 'bytes' }),
  routerId: ipv4Address.with({ label: 'Source OSPF router', filter: 'ospf.srcrouter' }),
  areaId: ipv4Address.with({ label: 'Area ID', filter: 'ospf.area_id' }),
  /** Over the packet without the authentication data; 0 where a digest is behind it. */
  checksum: u16.with({ filter: 'ospf.checksum', base: 'hex' }),
};

const authentication = record({
  authType: u16.with({
    label: 'Authentication type',
    filter: 'ospf.auth.type',
    names: { 0: 'none', 1: 'password', 2: 'cryptographic' },
  }),
  authentication: choice(({ authType }) => {
    if (authType === 1) return record({ password: text(8, { filter: 'ospf.auth.simple' }) }) as Rule<never>;
    if (authType !== 2)
      return record({
        authData: bytes(8, { filter: authType === 0 ? 'ospf.auth.none' : 'ospf.auth.unknown' }),
      }) as Rule<never>;
    return record({
      authReserved: u16.with({ label: 'Reserved' }),
      keyId: u8.with({ label: 'Key ID', filter: 'ospf.auth.crypt.key_id' }),
      digestLength: u8.with({ filter: 'ospf.auth.crypt.data_length' }),
      cryptSequence: u32.with({ filter: 'ospf.auth.crypt.seq_nbr' }),
    }) as Rule<never>;
  }),
});

const hello = record(
  {
    networkMask: ipv4Address.with({ filter: 'ospf.hello.network_mask' }),
    helloInterval: u16.with({ filter: 'ospf.hello.hello_interval', unit: 'seconds' }),
    options: optionFlags(false),
    priority: u8.with({ label: 'Router priority', filter: 'ospf.hello.router_priority' }),
    deadInterval: u32.with({
      label: 'Router dead interval',
      filter: 'ospf.hello.router_dead_interval',
      unit: 'seconds',
    }),
    designatedRouter: ipv4Address.with({ filter: 'ospf.hello.designated_router' }),
    backupRouter: ipv4Address.with({
      label: 'Backup designated router',
      filter: 'ospf.hello.backup_designated_router',
    }),
    neighbors: list(value(ipv4Address.with({ label: 'Active neighbor', filter: 'ospf.hello.active_neighbor' }))),
  },
  { helloInterval: 10, deadInterval: 40, priority: 1, options: 2 },
);

const description = record(
  {
    mtu: u16.with({ label: 'Interface MTU', filter: 'ospf.db.interface_mtu' }),
    options: optionFlags(false),
    flags: u8.with({ filter: 'ospf.dbd' }).flags([
      { name: 'R', mask: 8, label: 'OOB resync', filter: 'ospf.dbd.r' },
      { name: 'I', mask: 4, label: 'Init', filter: 'ospf.dbd.i' },
      { name: 'M', mask: 2, label: 'More', filter: 'ospf.dbd.m' },
      { name: 'MS', mask: 1, label: 'Master', filter: 'ospf.dbd.ms' },
    ]),
    sequence: u32.with({ label: 'DD sequence', filter: 'ospf.db.dd_sequence' }),
    headers: list(lsaHeader),
  },
  { mtu: 1500, options: 2 },
);

const request = record({
  requests: list(
    record({
      lsType: u32.with({ label: 'LS type', filter: 'ospf.lsa' }),
      id: ipv4Address.with({ label: 'Link state ID', filter: 'ospf.link_state_id' }),
      router: ipv4Address.with({ label: 'Advertising router', filter: 'ospf.advrouter' }),
    }),
  ),
});

const update = record({
  lsas: counted(u32.with({ label: 'Number of LSAs', filter: 'ospf.ls.number_of_lsas' }), lsaFrame),
});

const acknowledgment = record({ headers: list(lsaHeader) });

const bodies: { readonly [type: number]: Rule<never> } = {
  1: hello as Rule<never>,
  2: description as Rule<never>,
  3: request as Rule<never>,
  4: update as Rule<never>,
  5: acknowledgment as Rule<never>,
};

/** Members by type; the digest of cryptographic authentication is behind all of them. */
export interface OspfBody {
  authType?: number | undefined;
  /** Type 0: 8 bytes without meaning. */
  authData?: Uint8Array | undefined;
  /** Type 1. */
  password?: string | Uint8Array | undefined;
  /** Type 2. */
  authReserved?: number | undefined;
  keyId?: number | undefined;
  digestLength?: number | undefined;
  cryptSequence?: number | undefined;
  digest?: Uint8Array | undefined;
  /** Hello. */
  networkMask?: string | undefined;
  helloInterval?: number | undefined;
  options?: number | string | undefined;
  priority?: number | undefined;
  deadInterval?: number | undefined;
  designatedRouter?: string | undefined;
  backupRouter?: string | undefined;
  neighbors?: readonly string[] | undefined;
  /** Database description. */
  mtu?: number | undefined;
  flags?: number | string | undefined;
  sequence?: number | undefined;
  /** Database description and acknowledgment. */
  headers?: readonly LsaHeader[] | undefined;
  requests?: readonly { readonly lsType?: number; readonly id?: string; readonly router?: string }[] | undefined;
  /** Update. */
  lsas?: readonly Lsa[] | undefined;
  /** Version 3. */
  instanceId?: number | undefined;
  reserved?: Uint8Array | undefined;
  content?: Uint8Array | undefined;
}

const version2 = record({
  head: inline(authentication),
  message: before(
    ({ digestLength = 0 }) => digestLength as number,
    choice(({ type }) => bodies[type as number]),
  ),
  digest: tail({ filter: 'ospf.auth.crypt.data' }),
});

const version3 = record({
  instanceId: u8.with({ label: 'Instance ID', filter: 'ospf.instance_id' }),
  reserved: octets(1, { filter: 'ospf.reserved' }),
  content: tail(),
});

const members = { message: choice<OspfBody>(({ version }) => (version === 3 ? version3 : version2) as Rule<never>) };

/** What to build an OSPF packet from. Left out: version 2, type 1, a hello; `packetLength`, numbers and the checksum are computed. */
export type OspfInit = MessageInit<typeof shape, typeof members>;

const Message = message('OSPF', 'ospf', shape, {
  members,
  defaults: { version: 2, type: OspfType.HELLO },
  length: { field: 'packetLength' },
});

/** An OSPF packet. */
export class Ospf extends Message {
  override headerFault(): DecodeFault | undefined {
    const fault = super.headerFault();
    if (fault) return fault;
    const { version } = this;
    return version === 2 || version === 3
      ? undefined
      : this.faultAt('BAD_VERSION', `version is ${version}, 2 or 3 needed`);
  }

  /** Behind the digest, which the length does not count. */
  override get messageEnd(): number {
    const { view, at, end, version } = this;
    const isSigned = version === 2 && end - at >= 24 && view.getUint16(at + 14) === 2;
    return super.messageEnd + (isSigned ? view.getUint8(at + 19) : 0);
  }

  /** The checksum this packet should carry. `enclosing` counts in version 3 alone. */
  computeChecksum(enclosing?: Enclosing): number {
    const { view, at, payloadAt, version } = this;
    const stored = ~this.checksum & 0xffff;
    if (version === 3)
      return checksum.finish(checksum.sum(view, at, payloadAt, enclosing?.pseudoSum(89, payloadAt - at) ?? 0) + stored);
    return checksum.finish(
      checksum.sum(view, at, Math.min(at + 16, payloadAt)) +
        checksum.sum(view, Math.min(at + 24, payloadAt), payloadAt) +
        stored,
    );
  }

  override write(init: OspfInit, next?: Numbers): void {
    super.write(init, next);
    if (init.packetLength === undefined && init.digest !== undefined) this.packetLength -= init.digest.length;
  }

  override seal(enclosing: Enclosing | undefined, given: OspfInit | undefined): void {
    const isSigned = this.version === 2 && this.body.authType === 2;
    if (given?.checksum === undefined && !isSigned) this.checksum = this.computeChecksum(enclosing);
  }

  override nodes(enclosing?: Enclosing): FieldNode[] {
    const nodes = super.nodes(enclosing);
    const isJudged = this.version === 2 ? this.readBody().authType !== 2 : enclosing !== undefined;
    return isJudged ? this.judged(nodes, 'checksum', this.checksum, this.computeChecksum(enclosing)) : nodes;
  }

  override summary(): string {
    return typeNames[this.type] ?? `OSPF type ${this.type}`;
  }
}

/** An OSPF packet for `build`, behind `ipv4()`. */
export function ospf(init: OspfInit = {}): Part<OspfInit> {
  return { type: Ospf, init };
}
