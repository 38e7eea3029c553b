/**
 * Link state advertisements of OSPF version 2, RFC 2328 section A.4, and what they share with its packets.
 *
 * @module
 */
import type { Field } from '../core/field.js';
import { bits, type Inits, ipv4Address, u8, u16, u24, u32 } from '../core/header.js';
import { counted, frame, list, type Rule, record, select, value, type WithData } from '../core/rule.js';

/** Options of routers and advertisements. Bit 3 says N in a hello, P in an advertisement of type 7 (RFC 3101). */
export function optionFlags(isNssa: boolean): Field<number, number | string> {
  const flag = (name: string, mask: number, label: string) => ({
    name,
    mask,
    label,
    filter: `ospf.v2.options.${name.toLowerCase()}`,
  });
  return u8
    .with({ label: 'Options', filter: 'ospf.v2.options' })
    .flags([
      flag('DN', 0x80, 'Down'),
      flag('O', 0x40, 'Opaque'),
      flag('DC', 0x20, 'Demand circuits'),
      flag('L', 0x10, 'LLS data block'),
      isNssa ? flag('P', 0x08, 'Propagate') : flag('N', 0x08, 'NSSA'),
      flag('MC', 0x04, 'Multicast'),
      flag('E', 0x02, 'External routing'),
      flag('MT', 0x01, 'Multi-topology routing'),
    ]);
}

const typeNames: { readonly [value: number]: string } = {
  1: 'Router-LSA',
  2: 'Network-LSA',
  3: 'Summary-LSA (IP network)',
  4: 'Summary-LSA (ASBR)',
  5: 'AS-External-LSA (ASBR)',
  7: 'NSSA AS-External-LSA',
};

const headOf = (isNssa: boolean) => ({
  doNotAge: bits(1, { label: 'Do not age', filter: 'ospf.lsa.donotage' }),
  age: bits(15, { label: 'LS age', filter: 'ospf.lsa.age', unit: 'seconds' }),
  options: optionFlags(isNssa),
  lsType: u8.with({ label: 'LS type', filter: 'ospf.lsa', names: typeNames }),
  id: ipv4Address.with({ label: 'Link state ID', filter: 'ospf.lsa.id' }),
  router: ipv4Address.with({ label: 'Advertising router', filter: 'ospf.advrouter' }),
  sequence: u32.with({ label: 'Sequence number', filter: 'ospf.lsa.seqnum', base: 'hex' }),
  checksum: u16.with({ filter: 'ospf.lsa.chksum', base: 'hex' }),
  length: u16.with({ filter: 'ospf.lsa.length', unit: 'bytes' }),
});

const heads = [headOf(false), headOf(true)] as const;
const nssa = 7;

/** The one of two rules that an advertisement's type asks for. */
function byType<I extends { lsType?: number | undefined }>(make: (head: (typeof heads)[number]) => Rule<I>): Rule<I> {
  const [usual, ofNssa] = [make(heads[0]), make(heads[1])];
  return select(
    (view, at, end) => (at + 3 < end && view.getUint8(at + 3) === nssa ? ofNssa : usual),
    (given) => (given?.lsType === nssa ? ofNssa : usual),
  );
}

/** The head of an advertisement. */
export type LsaHeader = Inits<(typeof heads)[number]>;

/** The head alone, as descriptions and acknowledgments list it. */
export const lsaHeader: Rule<LsaHeader> = byType((head) => record(head, { length: 20 }) as Rule<LsaHeader>);

const routerLink = record({
  linkId: ipv4Address.with({ label: 'Link ID', filter: 'ospf.lsa.router.linkid' }),
  linkData: ipv4Address.with({ filter: 'ospf.lsa.router.linkdata' }),
  linkType: u8.with({
    filter: 'ospf.lsa.router.linktype',
    names: { 1: 'Point-to-point', 2: 'Transit', 3: 'Stub', 4: 'Virtual' },
  }),
  metricCount: u8.with({ label: 'Number of metrics', filter: 'ospf.lsa.router.nummetrics' }),
  metric: u16.with({ label: '0 metric', filter: 'ospf.lsa.router.metric0' }),
  tosMetrics: list(
    record({ tos: u8.with({ label: 'TOS' }), reserved: u8, metric: u16 }),
    ({ metricCount }) => metricCount as number,
  ),
});

/** A link of a router. */
type RouterLink = typeof routerLink extends Rule<infer I> ? I : never;

const external = {
  mask: ipv4Address.with({ label: 'Netmask', filter: 'ospf.lsa.asext.netmask' }),
  routes: list(
    record({
      externalType: bits(1, { filter: 'ospf.lsa.asext.type' }),
      tos: bits(7, { label: 'TOS', filter: 'ospf.lsa.tos' }),
      metric: u24.with({ filter: 'ospf.metric' }),
      forwarding: ipv4Address.with({ label: 'Forwarding address', filter: 'ospf.lsa.asext.fwdaddr' }),
      tag: u32.with({ label: 'External route tag', filter: 'ospf.lsa.asext.extrttag' }),
    }),
  ),
};

const summary = record({
  mask: ipv4Address.with({ label: 'Netmask', filter: 'ospf.lsa.asbr.netmask' }),
  metrics: list(
    record({ tos: u8.with({ label: 'TOS', filter: 'ospf.lsa.tos' }), metric: u24.with({ filter: 'ospf.metric' }) }),
  ),
});

const bodies: { readonly [type: number]: Rule<never> } = {
  1: record({
    routerFlags: u8.with({ label: 'Flags', filter: 'ospf.v2.router.lsa.flags' }).flags([
      { name: 'H', mask: 0x80, label: 'Host', filter: 'ospf.v2.router.lsa.flags.h' },
      { name: 'N', mask: 0x10, label: 'NSSA translation', filter: 'ospf.v2.router.lsa.flags.n' },
      { name: 'W', mask: 0x08, label: 'Wild-card multicast receiver', filter: 'ospf.v2.router.lsa.flags.w' },
      { name: 'V', mask: 0x04, label: 'Virtual link endpoint', filter: 'ospf.v2.router.lsa.flags.v' },
      { name: 'E', mask: 0x02, label: 'AS boundary router', filter: 'ospf.v2.router.lsa.flags.e' },
      { name: 'B', mask: 0x01, label: 'Area border router', filter: 'ospf.v2.router.lsa.flags.b' },
    ]),
    reserved: u8,
    links: counted(u16.with({ label: 'Number of links', filter: 'ospf.lsa.number_of_links' }), routerLink),
  }) as Rule<never>,
  2: record({
    mask: ipv4Address.with({ label: 'Netmask', filter: 'ospf.lsa.network.netmask' }),
    routers: list(value(ipv4Address.with({ label: 'Attached router', filter: 'ospf.lsa.network.attchrtr' }))),
  }) as Rule<never>,
  3: summary as Rule<never>,
  4: summary as Rule<never>,
  5: record(external) as Rule<never>,
  7: record(external) as Rule<never>,
};

/** An advertisement: its `lsType` says which members it has. `length` is computed, `checksum` is not. */
export type Lsa = LsaHeader &
  WithData & {
    routerFlags?: number | string | undefined;
    reserved?: number | undefined;
    links?: readonly RouterLink[] | undefined;
    mask?: string | undefined;
    routers?: readonly string[] | undefined;
    metrics?: readonly { readonly tos?: number; readonly metric?: number }[] | undefined;
    routes?:
      | readonly {
          readonly externalType?: number;
          readonly tos?: number;
          readonly metric?: number;
          readonly forwarding?: string;
          readonly tag?: number;
        }[]
      | undefined;
  };

/** A whole advertisement. */
export const lsaFrame: Rule<Lsa> = byType(
  (head) =>
    frame({
      header: head,
      length: 'length',
      counts: 20,
      body: ({ lsType }) => bodies[lsType as number],
      title: ({ lsType }) => typeNames[lsType as number] ?? `LSA type ${lsType}`,
    }) as Rule<Lsa>,
);
