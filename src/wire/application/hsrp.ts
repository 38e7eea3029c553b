/**
 * Hot Standby Router Protocol: version 1 (RFC 2281), whose first octet is 0, and version 2, values with type and length.
 *
 * @module
 */
import { type Inits, ipv4Address, ipv6Address, macAddress, u8, u16, u32 } from '../core/header.js';
import type { Naming, Part } from '../core/layer.js';
import { message } from '../core/message.js';
import { choice, frame, inline, list, type Rule, record, select, tail, text, type WithData } from '../core/rule.js';

const opcodeNames: { readonly [value: number]: string } = { 0: 'Hello', 1: 'Coup', 2: 'Resign', 3: 'Advertise' };
const stateNames: { readonly [value: number]: string } = {
  0: 'Initial',
  1: 'Learn',
  2: 'Listen',
  4: 'Speak',
  8: 'Standby',
  16: 'Active',
};
const states2: { readonly [value: number]: string } = {
  0: 'Disabled',
  1: 'Init',
  2: 'Learn',
  3: 'Listen',
  4: 'Speak',
  5: 'Standby',
  6: 'Active',
};

const advertisement = record({
  advertisementType: u16.with({ filter: 'hsrp.adv.tlvtype' }),
  advertisementLength: u16.with({ filter: 'hsrp.adv.tlvlength' }),
  state: u8.with({ filter: 'hsrp.adv.state' }),
  reserved1: u8.with({ filter: 'hsrp.adv.reserved1' }),
  activeGroups: u16.with({ filter: 'hsrp.adv.activegrp' }),
  passiveGroups: u16.with({ filter: 'hsrp.adv.passivegrp' }),
  reserved2: u32.with({ filter: 'hsrp.adv.reserved2' }),
});

const hello = record({
  state: u8.with({ filter: 'hsrp.state', names: stateNames }),
  helloTime: u8.with({ filter: 'hsrp.hellotime', unit: 'seconds' }),
  holdTime: u8.with({ filter: 'hsrp.holdtime', unit: 'seconds' }),
  priority: u8.with({ filter: 'hsrp.priority' }),
  group: u8.with({ filter: 'hsrp.group' }),
  reserved: u8.with({ filter: 'hsrp.reserved' }),
  authentication: text(8, { label: 'Authentication data', filter: 'hsrp.auth_data' }),
  address: ipv4Address.with({ label: 'Virtual IP address', filter: 'hsrp.virt_ip' }),
  rest: tail(),
});

const version1 = record({
  version: u8.with({ filter: 'hsrp.version' }),
  opcode: u8.with({ filter: 'hsrp.opcode', names: opcodeNames }),
  form: choice(({ opcode }) => (opcode === 3 ? advertisement : hello) as Rule<never>),
});

const bodies: { readonly [type: number]: Rule<never> } = {
  1: record({
    version: u8.with({ filter: 'hsrp2.version' }),
    opcode: u8.with({ filter: 'hsrp2.opcode', names: opcodeNames }),
    state: u8.with({ filter: 'hsrp2.state', names: states2 }),
    ipVersion: u8.with({ filter: 'hsrp2.ipversion' }),
    group: u16.with({ filter: 'hsrp2.group' }),
    identifier: macAddress.with({ filter: 'hsrp2.identifier' }),
    priority: u32.with({ filter: 'hsrp2.priority' }),
    helloTime: u32.with({ filter: 'hsrp2.hellotime', unit: 'milliseconds' }),
    holdTime: u32.with({ filter: 'hsrp2.holdtime', unit: 'milliseconds' }),
    place: choice(
      ({ ipVersion }) =>
        record(
          ipVersion === 6
            ? { address: ipv6Address.with({ filter: 'hsrp2.virt_ip_v6' }) }
            : { address: ipv4Address.with({ filter: 'hsrp2.virt_ip' }), rest: tail() },
        ) as Rule<never>,
    ),
  }) as Rule<never>,
  2: record({
    activeGroups: u16.with({ filter: 'hsrp2.active_groups' }),
    passiveGroups: u16.with({ filter: 'hsrp2.passive_groups' }),
  }) as Rule<never>,
  3: record({ authentication: text(8, { label: 'Authentication data', filter: 'hsrp2.auth_data' }) }) as Rule<never>,
  4: record({
    algorithm: u8.with({ filter: 'hsrp2.md5_algorithm' }),
    padding: u8.with({ filter: 'hsrp2.md5_padding', base: 'hex' }),
    flags: u16.with({ filter: 'hsrp2.md5_flags' }),
    sender: ipv4Address.with({ label: "Sender's IP address", filter: 'hsrp.md5_ip_address' }),
    keyId: u32.with({ filter: 'hsrp2.md5_key_id' }),
    digest: tail({ filter: 'hsrp2.md5_auth_data' }),
  }) as Rule<never>,
};

const typeFilters: { readonly [type: number]: string } = {
  1: 'hsrp2.group_state_tlv',
  2: 'hsrp2.interface_state_tlv',
  3: 'hsrp2.text_auth_tlv',
  4: 'hsrp2.md5_auth_tlv',
};

const typeNames: { readonly [type: number]: string } = {
  1: 'Group state',
  2: 'Interface state',
  3: 'Text authentication',
  4: 'MD5 authentication',
};

/** Heads of values differ in the name of their type alone. */
function tlvOf(type: number): Rule<HsrpTlv> {
  const filter = typeFilters[type];
  return frame({
    header: { type: u8.with(filter === undefined ? { names: typeNames } : { filter, names: typeNames }), length: u8 },
    length: 'length',
    body: () => bodies[type],
    title: () => typeNames[type] ?? `Type ${type}`,
  }) as Rule<HsrpTlv>;
}

const tlvRules = [0, 1, 2, 3, 4].map(tlvOf);

const tlv = select<HsrpTlv>(
  (view, at) => tlvRules[view.getUint8(at)] ?? tlvRules[0]!,
  (given) => tlvRules[given?.type ?? 0] ?? tlvRules[0]!,
);

/** Fields of version 1, or of a value of version 2. */
interface HsrpFields {
  version?: number | undefined;
  opcode?: number | undefined;
  state?: number | undefined;
  helloTime?: number | undefined;
  holdTime?: number | undefined;
  priority?: number | undefined;
  group?: number | undefined;
  authentication?: string | Uint8Array | undefined;
  address?: string | undefined;
  activeGroups?: number | undefined;
  passiveGroups?: number | undefined;
  rest?: Uint8Array | undefined;
}

/** A value of version 2: its `type` says which members it has. */
export interface HsrpTlv extends HsrpFields, WithData {
  type?: number | undefined;
  length?: number | undefined;
  ipVersion?: number | undefined;
  identifier?: string | undefined;
  algorithm?: number | undefined;
  padding?: number | undefined;
  flags?: number | undefined;
  sender?: string | undefined;
  keyId?: number | undefined;
  digest?: Uint8Array | undefined;
}

/** A message of version 1, an advertisement's members among its; or, with `tlvs`, one of version 2. */
export interface HsrpBody extends HsrpFields {
  reserved?: number | undefined;
  advertisementType?: number | undefined;
  advertisementLength?: number | undefined;
  reserved1?: number | undefined;
  reserved2?: number | undefined;
  tlvs?: readonly HsrpTlv[] | undefined;
}

const version2 = record({ tlvs: list(tlv) });

const members = {
  form: inline(
    select<HsrpBody>(
      (view, at, end) => (at < end && view.getUint8(at) !== 0 ? version2 : version1) as Rule<HsrpBody>,
      (given) => (given?.tlvs ? version2 : version1) as Rule<HsrpBody>,
    ),
  ),
};

/** What to build an HSRP message from. Left out: all 0, a hello of version 1 in the initial state. */
export type HsrpInit = HsrpBody & WithData & Inits<Record<never, never>>;

/** An HSRP message. */
export class Hsrp extends message('HSRP', 'hsrp', {}, { members }) {
  static override readonly naming: Naming = { inTree: [''], prefixes: ['hsrp2.'] };

  override summary(): string {
    const body = this.body as HsrpBody;
    const { opcode, state, tlvs } = tlvs2(body);
    const name = (tlvs ? states2 : stateNames)[state ?? 0];
    return `${opcodeNames[opcode ?? 0] ?? `Opcode ${opcode}`} (state ${name ?? state})`;
  }
}

/** The first value of a message of version 2, which says what a message of version 1 says itself. */
function tlvs2(body: HsrpBody): HsrpBody {
  return body.tlvs ? { ...body.tlvs[0], tlvs: body.tlvs } : body;
}

/** An HSRP message for `build`, behind `udp()`. */
export function hsrp(init: HsrpInit = {}): Part<HsrpInit> {
  return { type: Hsrp, init };
}
