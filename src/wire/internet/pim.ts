/**
 * Protocol Independent Multicast, version 2, RFC 7761 section 4.9: hellos, registers, joins and prunes, asserts. Other types are left as
 * bytes.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-------+-------+---------------+-------------------------------+
 * |version| type  |   reserved    |           checksum            |
 * +-------+-------+---------------+-------------------------------+
 *
 * @module
 */
import * as checksum from '../core/checksum.js';
import { bits, type Inits, ipv4Address, ipv6Address, octets, u8, u16, u32 } from '../core/header.js';
import type { Bindings, Carries, Enclosing, FieldNode, Part, Row } from '../core/layer.js';
import { type MessageInit, message } from '../core/message.js';
import { bytes, choice, frame, group, type Inline, list, type Rule, record, type WithData } from '../core/rule.js';

/** Message types. */
export const PimType = { HELLO: 0, REGISTER: 1, REGISTER_STOP: 2, JOIN_PRUNE: 3, BOOTSTRAP: 4, ASSERT: 5 } as const;

const typeNames: { readonly [value: number]: string } = {
  0: 'Hello',
  1: 'Register',
  2: 'Register-stop',
  3: 'Join/Prune',
  4: 'Bootstrap',
  5: 'Assert',
  6: 'Graft',
  7: 'Graft-Ack',
  8: 'Candidate-RP-Advertisement',
  9: 'State-Refresh',
};

const shape = {
  version: bits(4, { filter: 'pim.version' }),
  type: bits(4, { filter: 'pim.type', names: typeNames }),
  reserved: octets(1, { label: 'Reserved', filter: 'pim.res_bytes' }),
  /** Over the message; of a register over its first 8 bytes. */
  checksum: u16.with({ filter: 'pim.cksum', base: 'hex' }),
};

const optionHead = { type: u16.with({ filter: 'pim.optiontype' }), length: u16.with({ filter: 'pim.optionlength' }) };

const optionBodies: { readonly [type: number]: Rule<never> } = {
  1: record({ holdTime: u16.with({ filter: 'pim.holdtime', unit: 'seconds' }) }) as Rule<never>,
  2: record({
    tracking: bits(1, { label: 'T', filter: 'pim.t' }),
    propagationDelay: bits(15, { filter: 'pim.propagation_delay', unit: 'milliseconds' }),
    overrideInterval: u16.with({ filter: 'pim.override_interval', unit: 'milliseconds' }),
  }) as Rule<never>,
  19: record({ priority: u32.with({ label: 'DR priority', filter: 'pim.dr_priority' }) }) as Rule<never>,
  20: record({ generationId: u32.with({ label: 'Generation ID', filter: 'pim.generation_id' }) }) as Rule<never>,
};

const optionNames: { readonly [type: number]: string } = {
  1: 'Hold time',
  2: 'LAN prune delay',
  19: 'DR priority',
  20: 'Generation ID',
  24: 'Address list',
};

/** An option of a hello: its `type` says which members it has. */
type PimOption = Inits<typeof optionHead> &
  WithData & {
    holdTime?: number | undefined;
    tracking?: number | undefined;
    propagationDelay?: number | undefined;
    overrideInterval?: number | undefined;
    priority?: number | undefined;
    generationId?: number | undefined;
    /** Of a type that is not known. */
    value?: Uint8Array | undefined;
  };

const unknownOption = record({ value: bytes(undefined, { label: 'Unknown', filter: 'pim.optionvalue' }) });

const option: Rule<PimOption> = frame({
  header: optionHead,
  length: 'length',
  body: ({ type }) => optionBodies[type as number] ?? (unknownOption as Rule<never>),
  title: ({ type }) => optionNames[type as number] ?? `Option ${type}`,
}) as Rule<PimOption>;

const familyField = u8.with({
  label: 'Address family',
  filter: 'pim.addr_address_family',
  names: { 1: 'IPv4', 2: 'IPv6' },
});
const encodingField = u8.with({ label: 'Encoding type', filter: 'pim.addr_encoding_type' });

/** The address of the family that stands before it. */
function addressBy(...filters: readonly string[]): ReturnType<typeof choice<{ address: string }>> {
  const v4 = record({ address: ipv4Address.with({ filter: filters }) });
  const v6 = record({
    address: ipv6Address.with({ filter: filters.map((filter) => `${filter.replace('_ip', '')}_ip6`) }),
  });
  return choice<{ address: string }>(({ family }) => (family === 2 ? v6 : v4) as Rule<never>);
}

const unicast = (filter: string) =>
  record({ family: familyField, encoding: encodingField, place: addressBy(filter) }, { family: 1 });

const groupFields = {
  family: familyField,
  encoding: encodingField,
  flags: u8.with({ filter: 'pim.group_addr.flags' }).flags([
    { name: 'B', mask: 0x80, label: 'Bidirectional PIM', filter: 'pim.group_addr.flags.b' },
    { name: 'Z', mask: 0x01, label: 'Admin scope zone', filter: 'pim.group_addr.flags.z' },
  ]),
  maskLength: u8.with({ filter: 'pim.mask_len' }),
  // Wireshark lists a group twice: as the name of its part of the tree and in it.
  place: addressBy('pim.group', 'pim.group'),
};

const source = (filter: string) =>
  record(
    {
      family: familyField,
      encoding: encodingField,
      flags: u8.with({ filter: 'pim.source_addr.flags' }).flags([
        { name: 'S', mask: 4, label: 'Sparse', filter: 'pim.source_addr.flags.s' },
        { name: 'W', mask: 2, label: 'Wild card', filter: 'pim.source_addr.flags.w' },
        { name: 'R', mask: 1, label: 'Rendezvous point tree', filter: 'pim.source_addr.flags.r' },
      ]),
      maskLength: u8.with({ filter: 'pim.mask_len' }),
      place: addressBy(filter, 'pim.source'),
    },
    { family: 1, flags: 4, maskLength: 32 },
  );

/** An address with its family, 1 IPv4 where it is left out. */
interface PimAddress {
  family?: number | undefined;
  encoding?: number | undefined;
  address?: string | undefined;
}

/** A source that is joined or pruned. */
interface PimSource extends PimAddress {
  flags?: number | string | undefined;
  maskLength?: number | undefined;
}

/** A group, and the sources that are joined and pruned. The numbers of sources are computed. */
interface PimGroup extends PimSource {
  joined?: readonly PimSource[] | undefined;
  pruned?: readonly PimSource[] | undefined;
}

const joinedAndPruned: Rule<{ joined?: readonly PimSource[]; pruned?: readonly PimSource[] }> & {
  readonly isInline: true;
} = {
  isInline: true,
  read(cursor, nodes, name, scope) {
    const counts = record({
      joinCount: u16.with({ label: 'Joined sources', filter: 'pim.numjoins' }),
      pruneCount: u16.with({ label: 'Pruned sources', filter: 'pim.numprunes' }),
    }).read(cursor, nodes, name, scope)!;
    if (cursor.fault) return {};
    const joined = list(source('pim.join_ip'), () => counts.joinCount!).read(cursor, nodes, 'joined', scope)!;
    const pruned = list(source('pim.prune_ip'), () => counts.pruneCount!).read(cursor, nodes, 'pruned', scope)!;
    return { joined, pruned } as { joined: PimSource[]; pruned: PimSource[] };
  },
  write(out, given, scope) {
    const { joined = [], pruned = [] } = given ?? {};
    const at = out.take(4);
    out.view.setUint16(at, joined.length);
    out.view.setUint16(at + 2, pruned.length);
    for (const each of joined) source('pim.join_ip').write(out, each as never, scope);
    for (const each of pruned) source('pim.prune_ip').write(out, each as never, scope);
  },
};

const bodies: { readonly [type: number]: Rule<never> } = {
  0: record({ options: list(option) }) as Rule<never>,
  1: record({
    registerFlags: u32.with({ label: 'Flags', filter: 'pim.register_flag' }).flags([
      { name: 'B', mask: 0x8000_0000, label: 'Border', filter: 'pim.register_flag.border' },
      { name: 'N', mask: 0x4000_0000, label: 'Null register', filter: 'pim.register_flag.null_register' },
    ]),
  }) as Rule<never>,
  2: record({
    group: record({ ...groupFields }, { family: 1, maskLength: 32 }),
    source: unicast('pim.source'),
  }) as Rule<never>,
  3: record({
    upstream: unicast('pim.upstream_neighbor'),
    reserved2: octets(1, { label: 'Reserved', filter: 'pim.res_bytes' }),
    groupCount: u8.with({ label: 'Number of groups', filter: 'pim.numgroups' }),
    holdTime: u16.with({ filter: 'pim.holdtime', unit: 'seconds' }),
    groups: list(record({ ...groupFields, sources: joinedAndPruned }, { family: 1, maskLength: 32 })),
  }) as Rule<never>,
  5: record({
    group: record({ ...groupFields }, { family: 1, maskLength: 32 }),
    source: unicast('pim.source'),
    isTree: bits(1, { label: 'RP tree', filter: 'pim.rpt' }),
    preference: bits(31, { label: 'Metric preference', filter: 'pim.metric_pref' }),
    metric: u32.with({ filter: 'pim.metric' }),
  }) as Rule<never>,
};

/** Members by type. */
export interface PimBody {
  options?: readonly PimOption[] | undefined;
  registerFlags?: number | string | undefined;
  group?: PimSource | undefined;
  source?: PimAddress | undefined;
  upstream?: PimAddress | undefined;
  reserved2?: Uint8Array | undefined;
  groupCount?: number | undefined;
  holdTime?: number | undefined;
  groups?: readonly PimGroup[] | undefined;
  isTree?: number | undefined;
  preference?: number | undefined;
  metric?: number | undefined;
}

const members = {
  message: group<PimBody & WithData>(
    choice<PimBody>(({ type }) => bodies[type as number]),
    'PIM options',
    { filter: 'pim.option' },
  ) as Inline<PimBody & WithData>,
};

/** What to build a PIM message from. Left out: version 2, type 0, a hello; numbers and the checksum are computed. */
export type PimInit = MessageInit<typeof shape, typeof members>;

const protocolNumber = 103;

/** A PIM message. */
export class Pim extends message('PIM', 'pim', shape, { members, defaults: { version: 2 } }) {
  static override readonly carries: Carries = { ipVersion: true };

  /** A register holds a packet behind its first 8 bytes. */
  override get messageEnd(): number {
    return this.type === PimType.REGISTER ? this.at + 8 : this.end;
  }

  override next(bindings: Bindings): Row | undefined {
    const { view, payloadAt, end } = this;
    return payloadAt < end ? bindings.ipVersion.get(view.getUint8(payloadAt) >> 4) : undefined;
  }

  /** The checksum this message should carry. */
  computeChecksum(enclosing: Enclosing | undefined): number {
    const { view, at, payloadAt } = this;
    const pseudo = enclosing && isIpv6(enclosing) ? enclosing.pseudoSum(protocolNumber, payloadAt - at) : 0;
    return checksum.finish(checksum.sum(view, at, payloadAt, pseudo) + (~this.checksum & 0xffff));
  }

  override write(init: PimInit): void {
    const { groups, groupCount } = init;
    super.write(groups && groupCount === undefined ? { ...init, groupCount: groups.length } : init);
  }

  override seal(enclosing: Enclosing | undefined, given: PimInit | undefined): void {
    if (given?.checksum === undefined) this.checksum = this.computeChecksum(enclosing);
  }

  override nodes(enclosing?: Enclosing): FieldNode[] {
    const nodes = super.nodes(enclosing);
    return enclosing ? this.judged(nodes, 'checksum', this.checksum, this.computeChecksum(enclosing)) : nodes;
  }

  override summary(): string {
    return typeNames[this.type] ?? `PIM type ${this.type}`;
  }
}

/** Whether the pseudo-header is that of IPv6: PIM over IPv4 has none. */
function isIpv6(enclosing: Enclosing): boolean {
  return 'flowLabel' in enclosing;
}

/** A PIM message for `build`, behind `ipv4()` or `ipv6()`. */
export function pim(init: PimInit = {}): Part<PimInit> {
  return { type: Pim, init };
}
