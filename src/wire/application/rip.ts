/**
 * Routing Information Protocol, versions 1 (RFC 1058) and 2 (RFC 2453), with the authentication of RFC 4822.
 *
 * @module
 */
import { type Inits, ipv4Address, octets, u8, u16, u32 } from '../core/header.js';
import type { Part } from '../core/layer.js';
import { type MessageInit, message } from '../core/message.js';
import { choice, inline, list, type Rule, record, select, tail, text, type WithData } from '../core/rule.js';

const commandNames: { readonly [value: number]: string } = {
  1: 'Request',
  2: 'Response',
  9: 'Update request',
  10: 'Update response',
  11: 'Update acknowledge',
};

const shape = {
  command: u8.with({ filter: 'rip.command', names: commandNames }),
  version: u8.with({ filter: 'rip.version' }),
  domain: u16.with({ label: 'Routing domain' }),
};

/** Address families. */
const family = { INET: 2, AUTHENTICATION: 0xffff };

const head = {
  family: u16.with({ label: 'Address family', filter: 'rip.family', names: { 0: 'Unspecified', 2: 'IP' } }),
};
/** Wireshark has no name for the family that says that authentication follows. */
const authenticationHead = { family: u16.with({ label: 'Address family', names: { 65535: 'Authentication' } }) };

const route = (isVersion2: boolean, isUnspecified: boolean) =>
  record({
    tag: u16.with(isVersion2 ? { label: 'Route tag', filter: 'rip.route_tag' } : { label: 'Must be zero' }),
    address: ipv4Address.with(isUnspecified ? { label: 'IP address' } : { label: 'IP address', filter: 'rip.ip' }),
    mask: ipv4Address.with(isVersion2 ? { label: 'Netmask', filter: 'rip.netmask' } : { label: 'Must be zero' }),
    nextHop: ipv4Address.with(isVersion2 ? { filter: 'rip.next_hop' } : { label: 'Must be zero' }),
    metric: u32.with({ filter: 'rip.metric' }),
  });

const routes = [
  [route(false, false), route(false, true)],
  [route(true, false), route(true, true)],
] as const;

const authentication = record({
  authType: u16.with({ label: 'Authentication type', filter: 'rip.auth.type' }),
  form: choice(({ authType }) => {
    if (authType === 2) return record({ password: text(16, { filter: 'rip.auth.passwd' }) }) as Rule<never>;
    if (authType === 3)
      return record({
        digestOffset: u16.with({ filter: 'rip.digest_offset' }),
        keyId: u8.with({ label: 'Key ID', filter: 'rip.key_id' }),
        digestLength: u8.with({ label: 'Authentication data length', filter: 'rip.auth_data_len' }),
        sequence: u32.with({ label: 'Sequence number', filter: 'rip.seq_num' }),
        zeros: octets(8, { label: 'Zero padding' }),
      }) as Rule<never>;
    return record({
      digest: tail({ label: 'Authentication data', filter: authType === 1 ? 'rip.authentication_data' : [] }),
    }) as Rule<never>;
  }),
});

const routeEntry = record({
  ...head,
  route: choice(
    ({ family: given, version }) =>
      routes[(version as number) >= 2 ? 1 : 0][given === family.INET ? 0 : 1] as Rule<never>,
  ),
}) as Rule<RipEntry>;

const authenticationEntry = record({ ...authenticationHead, authentication: inline(authentication) }) as Rule<RipEntry>;

const entry = select<RipEntry>(
  (view, at, end) => (at + 2 <= end && view.getUint16(at) === family.AUTHENTICATION ? authenticationEntry : routeEntry),
  (given) => (given?.family === family.AUTHENTICATION ? authenticationEntry : routeEntry),
);

/** A route, or with `family` 0xffff authentication. */
export type RipEntry = WithData &
  Inits<typeof head> & {
    tag?: number | undefined;
    address?: string | undefined;
    mask?: string | undefined;
    nextHop?: string | undefined;
    metric?: number | undefined;
    authType?: number | undefined;
    password?: string | Uint8Array | undefined;
    digestOffset?: number | undefined;
    keyId?: number | undefined;
    digestLength?: number | undefined;
    sequence?: number | undefined;
    zeros?: Uint8Array | undefined;
    digest?: Uint8Array | undefined;
  };

const members = { entries: list(entry) };

/** What to build a RIP message from. Left out: `command` 2, a response; `version` 2. */
export type RipInit = MessageInit<typeof shape, typeof members>;

/** A RIP message. */
export class Rip extends message('RIP', 'rip', shape, { members, defaults: { command: 2, version: 2 } }) {
  override summary(): string {
    return commandNames[this.command] ?? `RIP command ${this.command}`;
  }
}

/** A RIP message for `build`, behind `udp()`. */
export function rip(init: RipInit = {}): Part<RipInit> {
  return { type: Rip, init };
}
