/**
 * Link Layer Discovery Protocol, IEEE 802.1AB: values with their type (7 bits) and length (9 bits) before them, up to one of type 0.
 *
 * @module
 */
import { bits, type Inits, ipv4Address, ipv6Address, macAddress, u8, u16, u24, u32 } from '../core/header.js';
import type { Part } from '../core/layer.js';
import { type MessageInit, message } from '../core/message.js';
import { berOid } from '../core/oid.js';
import {
  bytes,
  choice,
  frame,
  list,
  prefixed,
  type Rule,
  type RuleMeta,
  record,
  text,
  value,
  type WithData,
} from '../core/rule.js';

/** Types of values. */
export const LldpType = {
  END: 0,
  CHASSIS_ID: 1,
  PORT_ID: 2,
  TTL: 3,
  PORT_DESCRIPTION: 4,
  SYSTEM_NAME: 5,
  SYSTEM_DESCRIPTION: 6,
  CAPABILITIES: 7,
  MANAGEMENT_ADDRESS: 8,
  ORGANIZATION: 127,
} as const;

const typeNames: { readonly [value: number]: string } = {
  0: 'End of LLDPDU',
  1: 'Chassis ID',
  2: 'Port ID',
  3: 'Time to live',
  4: 'Port description',
  5: 'System name',
  6: 'System description',
  7: 'System capabilities',
  8: 'Management address',
  127: 'Organization specific',
};

/** Capabilities, lowest bit first. */
const capabilities = [
  'other',
  'repeater',
  'bridge',
  'wlan_access_pt',
  'router',
  'telephone',
  'docsis_cable_device',
  'station_only',
];

const capabilityField = (filter: string) =>
  u16.with({ filter }).flags(
    capabilities
      .map((name, bit) => ({
        name: name.toUpperCase(),
        mask: 1 << bit,
        label: name.replaceAll('_', ' '),
        filter: `${filter}.${name}`,
      }))
      .reverse(),
  );

const subtype = (filter: string, names: { readonly [value: number]: string }) =>
  u8.with({ label: 'Subtype', filter, names });
const addressOf = (filter: string, family: number) =>
  family === 1
    ? value(ipv4Address.with({ filter: `${filter}.ip4` }))
    : value(ipv6Address.with({ filter: `${filter}.ip6` }));

/** An identifier by its subtype: `mac` and `network` are the numbers that say an address is meant. */
function identifier(
  kind: string,
  { mac, network }: { readonly mac: number; readonly network: number },
  names: { readonly [value: number]: string },
  other: (meta: RuleMeta) => Rule<never>,
) {
  const filter = `lldp.${kind}.id`;
  const meta = { label: 'Identifier', filter };
  const address = record({ mac: macAddress.with({ label: 'Identifier', filter: `${filter}.mac` }) });
  const networkAddress = record({
    family: u8.with({ label: 'Address family', filter: 'lldp.network_address.subtype' }),
    address: choice(({ family }) => record({ address: addressOf(filter, family as number) }) as Rule<never>),
  });
  const rest = record({ id: other(meta) });
  return record({
    subtype: subtype(`lldp.${kind}.subtype`, names),
    value: choice(
      ({ subtype: given }) => (given === mac ? address : given === network ? networkAddress : rest) as Rule<never>,
    ),
  });
}

const chassisNames = {
  1: 'Chassis component',
  2: 'Interface alias',
  3: 'Port component',
  4: 'MAC address',
  5: 'Network address',
  6: 'Interface name',
  7: 'Locally assigned',
};
const portNames = {
  1: 'Interface alias',
  2: 'Port component',
  3: 'MAC address',
  4: 'Network address',
  5: 'Interface name',
  6: 'Agent circuit ID',
  7: 'Locally assigned',
};

const management = record({
  address: prefixed(
    u8.with({ label: 'Address string length', filter: 'lldp.mgn.address.len' }),
    record({
      family: u8.with({
        label: 'Address subtype',
        filter: 'lldp.mgn.address.subtype',
        names: { 1: 'IPv4', 2: 'IPv6' },
      }),
      value: choice(
        ({ family }) =>
          record({
            address:
              family === 1 || family === 2
                ? addressOf('lldp.mgn.addr', family)
                : bytes(undefined, { filter: 'lldp.mgn.addr.hex' }),
          }) as Rule<never>,
      ),
    }),
  ),
  interfaceSubtype: u8.with({ filter: 'lldp.mgn.interface.subtype' }),
  interfaceNumber: u32.with({ filter: 'lldp.mgn.interface.number' }),
  objectId: prefixed(
    u8.with({ label: 'OID string length', filter: 'lldp.mgn.obj.len' }),
    berOid({ filter: 'lldp.mgn.obj.id' }),
  ),
});

const bodies: { readonly [type: number]: Rule<never> } = {
  1: identifier(
    'chassis',
    { mac: 4, network: 5 },
    chassisNames,
    (meta) => bytes(undefined, meta) as Rule<never>,
  ) as Rule<never>,
  2: identifier(
    'port',
    { mac: 3, network: 4 },
    portNames,
    (meta) => text(undefined, meta) as Rule<never>,
  ) as Rule<never>,
  3: record({ seconds: u16.with({ filter: 'lldp.time_to_live', unit: 'seconds' }) }) as Rule<never>,
  4: record({ text: text(undefined, { filter: 'lldp.port.desc' }) }) as Rule<never>,
  5: record({ text: text(undefined, { filter: 'lldp.tlv.system.name' }) }) as Rule<never>,
  6: record({ text: text(undefined, { filter: 'lldp.tlv.system.desc' }) }) as Rule<never>,
  7: record({
    capabilities: capabilityField('lldp.tlv.system_cap'),
    enabled: capabilityField('lldp.tlv.enable_system_cap'),
  }) as Rule<never>,
  8: management as Rule<never>,
  127: record({
    oui: u24.with({ label: 'Organization code', filter: 'lldp.orgtlv.oui' }),
    information: bytes(undefined),
  }) as Rule<never>,
};

const tlvHeader = {
  type: bits(7, { label: 'Type', filter: 'lldp.tlv.type', names: typeNames }),
  length: bits(9, { label: 'Length', filter: 'lldp.tlv.len' }),
};

/** A value: its `type` says which members it has. Bytes as they are in `data`. */
export type LldpTlv = Inits<typeof tlvHeader> &
  WithData & {
    /** Chassis and port: what the identifier is. */
    subtype?: number;
    mac?: string;
    id?: string | Uint8Array;
    family?: number;
    /** An address of the chassis or port; in a management address, family and address. */
    address?: string | Uint8Array | { readonly family?: number; readonly address?: string | Uint8Array };
    seconds?: number;
    /** Port description, system name, system description. */
    text?: string | Uint8Array;
    capabilities?: number | string;
    enabled?: number | string;
    interfaceSubtype?: number;
    interfaceNumber?: number;
    objectId?: string | Uint8Array;
    oui?: number;
    information?: Uint8Array;
  };

const members = {
  tlvs: list<LldpTlv>(
    frame({
      header: tlvHeader,
      length: 'length',
      body: ({ type }) => bodies[type as number],
      title: ({ type }) => typeNames[type as number] ?? `Type ${type}`,
    }) as Rule<LldpTlv>,
  ),
};

/** What to build an LLDP data unit from: its values, that of type 0 at the end included. */
export type LldpInit = MessageInit<Record<never, never>, typeof members>;

/** An LLDP data unit. */
export class Lldp extends message('LLDP', 'lldp', {}, { members }) {
  override summary(): string {
    const values = this.body.tlvs ?? [];
    const named = (type: number) => values.find((tlv) => tlv.type === type);
    const words = [1, 2].flatMap((type) => {
      const tlv = named(type);
      return tlv === undefined ? [] : [`${typeNames[type]} ${tlv.mac ?? tlv.address ?? tlv.id ?? ''}`];
    });
    const { seconds } = named(3) ?? {};
    const name = named(5)?.text;
    return (
      [
        ...words,
        ...(seconds === undefined ? [] : [`TTL ${seconds}`]),
        ...(name === undefined ? [] : [`System name ${name}`]),
      ].join(', ') || 'LLDP'
    );
  }
}

/** An LLDP data unit for `build`, behind `ethernet()`. */
export function lldp(init: LldpInit = {}): Part<LldpInit> {
  return { type: Lldp, init };
}
