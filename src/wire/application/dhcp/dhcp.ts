/**
 * Dynamic Host Configuration Protocol, RFC 2131 section 2, in the form of BOOTP (RFC 951).
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +---------------+---------------+---------------+---------------+
 * |   operation   | hardware type |hardware length|     hops      |
 * +---------------+---------------+---------------+---------------+
 * |                        transaction id                         |
 * +-------------------------------+-------------------------------+
 * |            seconds            |             flags             |
 * +-------------------------------+-------------------------------+
 * |           client, your, server, relay address                 |
 * +---------------------------------------------------------------+
 * |    client hardware address (16), server name (64), file (128) |
 * +---------------------------------------------------------------+
 * |             magic cookie, options up to the end               |
 * +---------------------------------------------------------------+
 *
 * @module
 */
import { formatMac, parseMac } from '../../../address.js';
import { bytesOf, equalBytes, formatHex, hexDigits, toBytes, toHex } from '../../../bytes.js';
import type { DecodeFault } from '../../../errors.js';
import { header, type Inits, ipv4Address, octets, u8, u16, u32 } from '../../core/header.js';
import type { FieldNode, Named, Naming, Numbers, Part } from '../../core/layer.js';
import { bitsNode, octetsNode, textNode } from '../../core/node.js';
import { escapeText } from '../../core/text.js';
import {
  type DhcpOption,
  type DhcpOptionList,
  dhcpMessageNames,
  dhcpOptionNodes,
  encodeDhcpOptions,
  readDhcpOptions,
} from './dhcp-options.js';
import { hardwareNames } from './dhcp-parts.js';

/** Values of the operation field. */
export const DhcpOperation = { BOOTREQUEST: 1, BOOTREPLY: 2 } as const;

const shape = {
  /** 1 from a client, 2 from a server. */
  operation: u8.with({ filter: 'dhcp.type', names: { 1: 'Boot Request', 2: 'Boot Reply' } }),
  hardwareType: u8.with({ filter: 'dhcp.hw.type', base: 'hex', names: hardwareNames }),
  /** Bytes of the hardware address. */
  hardwareLength: u8.with({ label: 'Hardware address length', filter: 'dhcp.hw.len' }),
  /** Relays passed. */
  hops: u8.with({ filter: 'dhcp.hops' }),
  /** Chosen by the client, repeated in the answer. */
  transactionId: u32.with({ label: 'Transaction ID', filter: 'dhcp.id', base: 'hex' }),
  /** Seconds since the client began. */
  seconds: u16.with({ label: 'Seconds elapsed', filter: 'dhcp.secs' }),
  /** 0x8000: the client can only be answered by broadcast. */
  flags: u16.with({ filter: 'dhcp.flags', base: 'hex' }),
  /** The client's address, where it has one already (ciaddr). */
  clientAddress: ipv4Address.with({ filter: 'dhcp.ip.client' }),
  /** The address the client is given (yiaddr). */
  yourAddress: ipv4Address.with({ filter: 'dhcp.ip.your' }),
  /** The server for the next step of booting (siaddr). */
  serverAddress: ipv4Address.with({ label: 'Next server address', filter: 'dhcp.ip.server' }),
  /** The relay's address (giaddr). */
  relayAddress: ipv4Address.with({ label: 'Relay agent address', filter: 'dhcp.ip.relay' }),
  /** 16 bytes (chaddr), of which `hardwareLength` count. */
  clientHardwareAddress: octets(16),
  /** 64 bytes (sname), text up to the first zero; or options, where option 52 says so. */
  serverName: octets(64),
  /** 128 bytes (file), text up to the first zero; or options, where option 52 says so. */
  bootFile: octets(128),
};

const magicCookie = 0x63825363;

/**
 * What to build a DHCP message from. Left out: `operation` request, Ethernet with addresses of 6 bytes, all else 0; the cookie is
 * written where there are options, and the end option where `end` is not false.
 */
export type DhcpInit = Omit<Inits<typeof shape>, 'clientHardwareAddress' | 'serverName' | 'bootFile'> & {
  /** A MAC address as text, or up to 16 bytes. */
  clientHardwareAddress?: string | Uint8Array | undefined;
  /** Text, or up to 64 bytes. */
  serverName?: string | Uint8Array | undefined;
  /** Text, or up to 128 bytes. */
  bootFile?: string | Uint8Array | undefined;
  /** Options in wire order. */
  options?: readonly DhcpOption[] | undefined;
  /** Whether the end option closes the list; true where left out. */
  end?: boolean | undefined;
  /** Bytes behind the end option; without options, behind the fixed part: BOOTP's vendor field. */
  rest?: Uint8Array | undefined;
};

/** A DHCP or BOOTP message. */
export class Dhcp extends header('DHCP', 'dhcp', shape) {
  static readonly naming: Naming = { inTree: ['dhcp.'] };

  static override sizeOf(init: unknown): number {
    return Dhcp.size + behind(init as DhcpInit).length;
  }

  /** All of the datagram. */
  override get headerLength(): number {
    return this.end - this.at;
  }

  /** Options in wire order; none in a BOOTP message. */
  get options(): DhcpOption[] {
    return this.#list()?.options ?? [];
  }

  /** Options in the fields of server name and boot file, where option 52 says that there are some. */
  get overloadedOptions(): DhcpOption[] {
    const which = this.#overload();
    return [
      ...(which & 1 ? readDhcpOptions(this.view, this.at + 108, this.at + 236).options : []),
      ...(which & 2 ? readDhcpOptions(this.view, this.at + 44, this.at + 108).options : []),
    ];
  }

  /** DHCP message type; nothing in a BOOTP message. */
  get messageType(): number | undefined {
    for (const option of this.options) {
      if (typeof option === 'object' && 'messageType' in option) return option.messageType;
    }
    return undefined;
  }

  override fault(): DecodeFault | undefined {
    const fault = this.headerFault();
    if (fault) return fault;
    const broken = this.#list()?.fault;
    return broken && this.faultAt('TRUNCATED', broken.reason, broken.at);
  }

  override write(init: DhcpInit, _next?: Numbers): void {
    const { clientHardwareAddress, serverName, bootFile, ...fields } = init;
    this.operation = DhcpOperation.BOOTREQUEST;
    this.hardwareType = 1;
    this.hardwareLength = 6;
    this.assign(fields as { readonly [name: string]: unknown });
    const hardware =
      typeof clientHardwareAddress === 'string'
        ? Uint8Array.from(parseMac(clientHardwareAddress))
        : clientHardwareAddress;
    fill(this.clientHardwareAddress, hardware, 'clientHardwareAddress');
    fill(this.serverName, serverName, 'serverName');
    fill(this.bootFile, bootFile, 'bootFile');
    const bytes = behind(init);
    bytesOf(this.view, this.at + Dhcp.size, this.at + Dhcp.size + bytes.length).set(bytes);
  }

  override toInit(): DhcpInit & Record<string, unknown> {
    const { view, at, end } = this;
    const list = this.#list();
    const from = list?.rest ?? at + Dhcp.size;
    const hardware = this.clientHardwareAddress;
    const isMac = this.hardwareLength === 6 && hardware.subarray(6).every((byte) => byte === 0);
    return {
      ...super.toInit(),
      clientHardwareAddress: isMac ? formatMac(view, at + 28) : hardware.slice(),
      serverName: textOrField(this.serverName),
      bootFile: textOrField(this.bootFile),
      ...(list ? { options: list.options } : {}),
      ...(list && !list.hasEnd ? { end: false } : {}),
      ...(from < end ? { rest: bytesOf(view, from, end).slice() } : {}),
    };
  }

  override nodes(): FieldNode[] {
    const { view, at, end } = this;
    const nodes = Dhcp.fields.flatMap((field): FieldNode[] => {
      switch (field.name) {
        case 'flags': {
          const reserved = hexDigits(this.flags & 0x7fff, 4);
          const children = [
            bitsNode({ name: 'broadcast', label: 'Answer by broadcast', filters: 'dhcp.flags.bc' }, view, at + 10, {
              bytes: 2,
              bit: 0,
              width: 1,
            }),
            {
              ...bitsNode({ name: 'reserved', label: 'Reserved', filters: 'dhcp.flags.reserved' }, view, at + 10, {
                bytes: 2,
                bit: 1,
                width: 15,
              }),
              text: `0x${reserved}`,
            },
          ];
          return [{ ...this.node(field), children }];
        }
        case 'seconds': {
          const { seconds } = this;
          // Some Microsoft clients send it little-endian; Wireshark tells by the zero in the low byte.
          if (seconds <= 0xff || (seconds & 0xff) !== 0) return [this.node(field)];
          return [this.node(field, { meaning: `${seconds >> 8} if little-endian`, wireshark: String(seconds >> 8) })];
        }
        case 'clientHardwareAddress':
          return this.#hardwareNodes();
        case 'serverName':
          return [this.#nameNode({ name: 'serverName', label: 'Server name', filters: 'dhcp.server' }, at + 44, 64, 2)];
        case 'bootFile':
          return [
            this.#nameNode({ name: 'bootFile', label: 'Boot file name', filters: 'dhcp.file' }, at + 108, 128, 1),
          ];
        default:
          return [this.node(field)];
      }
    });
    if (!this.#hasCookie()) {
      const rest = octetsNode(
        { name: 'vendor', label: 'Vendor field', filters: 'dhcp.vendor_specific_options' },
        view,
        at + Dhcp.size,
        end,
      );
      const bootp = { ...textNode({ name: 'bootp', label: 'BOOTP, no DHCP', filters: 'dhcp.bootp' }, at, 0, '1') };
      return [...nodes, bootp, ...(end > at + Dhcp.size ? [rest] : [])];
    }
    const overloaded = (which: number): FieldNode[] => [
      ...(which & 2 ? dhcpOptionNodes(view, at + 44, at + 108) : []),
      ...(which & 1 ? dhcpOptionNodes(view, at + 108, at + 236) : []),
    ];
    return [
      ...nodes,
      textNode({ name: 'cookie', label: 'Magic cookie', filters: 'dhcp.cookie' }, at + Dhcp.size, 4, '99.130.83.99'),
      ...dhcpOptionNodes(view, at + Dhcp.size + 4, end, overloaded),
    ];
  }

  override summary(): string {
    const type = this.messageType;
    const kind = this.operation === DhcpOperation.BOOTREPLY ? 'Reply' : 'Request';
    const name = type === undefined ? `Boot ${kind}` : `DHCP ${dhcpMessageNames[type] ?? `type ${type}`}`;
    return `${name} - Transaction ID ${formatHex(this.transactionId, 8)}`;
  }

  #hasCookie(): boolean {
    const at = this.at + Dhcp.size;
    return at + 4 <= this.end && this.view.getUint32(at) === magicCookie;
  }

  #list(): DhcpOptionList | undefined {
    return this.#hasCookie() ? readDhcpOptions(this.view, this.at + Dhcp.size + 4, this.end) : undefined;
  }

  /** 1: the boot file holds options; 2: the server name. */
  #overload(): number {
    for (const option of this.options) {
      if (typeof option === 'object' && 'overload' in option) return option.overload;
    }
    return 0;
  }

  #hardwareNodes(): FieldNode[] {
    const { view, at } = this;
    const length = Math.min(this.hardwareLength, 16);
    const from = at + 28;
    const nodes: FieldNode[] = [];
    if (length === 6 && (this.hardwareType === 1 || this.hardwareType === 6)) {
      nodes.push(
        textNode(
          { name: 'clientHardwareAddress', label: 'Client MAC address', filters: 'dhcp.hw.mac_addr' },
          from,
          6,
          formatMac(view, from),
        ),
      );
    } else if (length > 0) {
      nodes.push(
        octetsNode(
          { name: 'clientHardwareAddress', label: 'Client hardware address', filters: 'dhcp.hw.addr' },
          view,
          from,
          from + length,
        ),
      );
    }
    if (length > 0 && length < 16) {
      nodes.push(
        octetsNode(
          { name: 'hardwarePadding', label: 'Padding', filters: 'dhcp.hw.addr_padding' },
          view,
          from + length,
          from + 16,
        ),
      );
    }
    return nodes;
  }

  #nameNode(named: Named, at: number, size: number, overload: number): FieldNode {
    const bytes = bytesOf(this.view, at, at + size);
    if ((this.#overload() & overload) !== 0)
      return { ...textNode({ ...named, filters: [] }, at, size, toHex(bytes)), meaning: 'holds options' };
    const stop = bytes.indexOf(0);
    return textNode(named, at, size, escapeText(stop < 0 ? bytes : bytes.subarray(0, stop)));
  }
}

/** Cookie, options and what follows. */
function behind(init: DhcpInit): Uint8Array {
  const { options, end = true, rest = new Uint8Array() } = init;
  if (options === undefined) return rest;
  return Uint8Array.of(0x63, 0x82, 0x53, 0x63, ...encodeDhcpOptions(options, end), ...rest);
}

function fill(field: Uint8Array, given: string | Uint8Array | undefined, name: string): void {
  if (given === undefined) return;
  const bytes = toBytes(given);
  if (bytes.length > field.length) {
    throw new RangeError(`Cannot write DHCP.${name}: ${bytes.length} bytes given, at most ${field.length} fit`);
  }
  field.set(bytes);
}

/** The text of a field that is text and zeros behind it, else its bytes. */
function textOrField(field: Uint8Array): string | Uint8Array {
  const stop = field.indexOf(0);
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(stop < 0 ? field : field.subarray(0, stop));
  const again = new Uint8Array(field.length);
  const bytes = toBytes(text);
  if (bytes.length > field.length) return field.slice();
  again.set(bytes);
  return equalBytes(again, field) ? text : field.slice();
}

/** A DHCP message for `build`. */
export function dhcp(init: DhcpInit = {}): Part<DhcpInit> {
  return { type: Dhcp, init };
}
