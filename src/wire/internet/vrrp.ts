/**
 * Virtual Router Redundancy Protocol, versions 2 (RFC 3768) and 3 (RFC 9568).
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-------+-------+---------------+---------------+---------------+
 * |version| type  |  virtual ID   |   priority    | address count |
 * +-------+-------+---------------+---------------+---------------+
 * | auth. type | interval (vers. 2) |          checksum           |
 * | rsvd | interval in 1/100 s (3)  |                             |
 * +-------------------------------+-------------------------------+
 * |         addresses · authentication data (version 2)           |
 * +---------------------------------------------------------------+
 *
 * @module
 */
import * as checksum from '../core/checksum.js';
import { bits, ipv4Address, ipv6Address, u8, u16 } from '../core/header.js';
import type { Enclosing, FieldNode, Part } from '../core/layer.js';
import { type MessageInit, message } from '../core/message.js';
import { choice, list, type Rule, record, text, value } from '../core/rule.js';

const shape = {
  /** Version in the high four bits, type in the low ones: 0x21 is an advertisement of version 2. */
  versionType: u8.with({
    label: 'Version and type',
    filter: 'vrrp.typever',
    parts: [
      { name: 'version', filter: 'vrrp.version', mask: 0xf0 },
      { name: 'type', filter: 'vrrp.type', mask: 0x0f, names: { 1: 'Advertisement' } },
    ],
  }),
  id: u8.with({ label: 'Virtual router ID', filter: 'vrrp.virt_rtr_id' }),
  /** 255 of the owner of the addresses, 0 of one that gives up. */
  priority: u8.with({ filter: 'vrrp.prio' }),
  addressCount: u8.with({ filter: 'vrrp.addr_count' }),
};

const addresses = list(
  value(ipv4Address.with({ label: 'IP address', filter: 'vrrp.ip_addr' })),
  ({ addressCount }) => addressCount as number,
);
const addresses6 = list(
  value(ipv6Address.with({ label: 'IPv6 address', filter: 'vrrp.ipv6_addr' })),
  ({ addressCount }) => addressCount as number,
);
const checksumField = u16.with({ filter: 'vrrp.checksum', base: 'hex' });

const version2 = record(
  {
    authType: u8.with({ label: 'Authentication type', filter: 'vrrp.auth_type' }),
    interval: u8.with({ label: 'Advertisement interval', filter: 'vrrp.adver_int', unit: 'seconds' }),
    checksum: checksumField,
    addresses,
    /** 8 bytes; a password where the type is 1. */
    authentication: choice(
      ({ authType }) =>
        record({ password: text(8, authType === 1 ? { filter: 'vrrp.auth_string' } : {}) }) as Rule<never>,
    ),
  },
  { interval: 1 },
);

const version3 = (isV6: boolean) =>
  record(
    {
      reserved: bits(4, { filter: 'vrrp.reserved_mbz' }),
      interval: bits(12, { label: 'Advertisement interval', filter: 'vrrp.short_adver_int', unit: '1/100 seconds' }),
      checksum: checksumField,
      addresses: isV6 ? addresses6 : addresses,
    },
    { interval: 100 },
  );

const versions3 = [version3(false), version3(true)] as const;

/** Version 2: authentication too. Version 3: addresses of either kind. */
export interface VrrpBody {
  authType?: number | undefined;
  /** Seconds in version 2, hundredths of seconds in version 3. */
  interval?: number | undefined;
  checksum?: number | undefined;
  reserved?: number | undefined;
  addresses?: readonly string[] | undefined;
  password?: string | Uint8Array | undefined;
}

const form: Rule<VrrpBody> & { readonly isInline: true } = {
  isInline: true,
  read(cursor, nodes, name, scope) {
    const isV6 = cursor.end - cursor.at === 4 + 16 * (scope.addressCount as number);
    return ruleFor(scope.versionType as number, isV6).read(cursor, nodes, name, scope);
  },
  write(out, given, scope) {
    const isV6 = given?.addresses?.some((address) => address.includes(':')) ?? false;
    ruleFor(scope.versionType as number, isV6).write(out, given, scope);
  },
};

function ruleFor(versionType: number, isV6: boolean): Rule<VrrpBody> {
  return (versionType >> 4 >= 3 ? versions3[isV6 ? 1 : 0] : version2) as Rule<VrrpBody>;
}

const members = { form };

/** What to build a VRRP message from. Left out: an advertisement of version 2, priority 100; the count and the checksum are computed. */
export type VrrpInit = MessageInit<typeof shape, typeof members>;

const protocolNumber = 112;

/** A VRRP message. */
export class Vrrp extends message('VRRP', 'vrrp', shape, {
  members,
  defaults: { versionType: 0x21, id: 1, priority: 100 },
}) {
  /** The checksum this message should carry; over a pseudo-header too in version 3. */
  computeChecksum(enclosing: Enclosing | undefined): number {
    const { view, at, payloadAt } = this;
    const pseudo = this.versionType >> 4 >= 3 && enclosing ? enclosing.pseudoSum(protocolNumber, payloadAt - at) : 0;
    return checksum.finish(checksum.sum(view, at, payloadAt, pseudo) + (~view.getUint16(at + 6) & 0xffff));
  }

  override write(init: VrrpInit): void {
    super.write(init);
    if (init.addressCount === undefined) this.addressCount = init.addresses?.length ?? 0;
  }

  override seal(enclosing: Enclosing | undefined, given: VrrpInit | undefined): void {
    if (given?.checksum === undefined && given?.data === undefined)
      this.view.setUint16(this.at + 6, this.computeChecksum(enclosing));
  }

  override nodes(enclosing?: Enclosing): FieldNode[] {
    const nodes = super.nodes(enclosing);
    const { checksum: stored } = this.readBody();
    const isJudged = stored !== undefined && (this.versionType >> 4 < 3 || enclosing !== undefined);
    return isJudged ? this.judged(nodes, 'checksum', stored as number, this.computeChecksum(enclosing)) : nodes;
  }

  override summary(): string {
    return `Announcement (v${this.versionType >> 4}), router ${this.id}, priority ${this.priority}`;
  }
}

/** A VRRP message for `build`, behind `ipv4()` or `ipv6()`. */
export function vrrp(init: VrrpInit = {}): Part<VrrpInit> {
  return { type: Vrrp, init };
}
