/**
 * Wireshark's `frame.…` fields: what a capture, rather than the packet's bytes, says of a packet.
 *
 * @module
 */
import { formatHex } from '../bytes.js';
import { type Frame, formatTimestamp, PacketFlag } from '../capture/index.js';
import type { Packet } from '../wire/index.js';

/** Wireshark's encapsulation numbers by link type, as tshark 4.0 gives them; 0 is unknown. */
const encapsulations: { readonly [linkType: number]: number } = {
  0: 15,
  1: 1,
  3: 148,
  6: 2,
  7: 8,
  8: 3,
  9: 4,
  10: 6,
  50: 4,
  51: 139,
  100: 10,
  101: 7,
  104: 28,
  105: 20,
  107: 26,
  108: 174,
  113: 25,
  114: 30,
  117: 39,
  119: 21,
  122: 18,
  123: 13,
  127: 23,
  129: 9,
  144: 44,
  163: 24,
  187: 41,
  189: 95,
  195: 104,
  201: 99,
  204: 19,
  220: 115,
  227: 125,
  228: 129,
  229: 130,
  230: 127,
  231: 146,
  239: 141,
  240: 135,
  249: 152,
  251: 154,
  252: 155,
  253: 158,
  254: 159,
  256: 161,
  264: 177,
  271: 185,
  276: 210,
  279: 204,
};

/** A packet with what its capture says of it and of those before it. */
export interface FrameContext {
  readonly frame: Frame;
  readonly packet: Packet;
  /** Stamp of the capture's first stamped packet, in nanoseconds since 1970. */
  readonly first: bigint | undefined;
  /**
   * Stamp of the packet before that has one, or of this one where it is the first. Wireshark takes a packet without a stamp, which
   * pcapng's Simple Packet Block makes, for one of 1970.
   */
  readonly previous: bigint | undefined;
}

type Reader = (context: FrameContext) => string | readonly string[] | undefined;

const stamp: Reader = ({ frame: { timestamp } }) => (timestamp === undefined ? undefined : formatTimestamp(timestamp));

const delta: Reader = ({ frame: { timestamp }, previous }) =>
  timestamp === undefined || previous === undefined ? undefined : formatTimestamp(timestamp - previous);

/** A bit of the packet's flags as 1 or 0, where it has flags. */
const flag =
  (mask: number): Reader =>
  ({ frame }) => {
    const flags = frame.details.flags;
    return flags === undefined ? undefined : (flags & mask) !== 0 ? '1' : '0';
  };

const fromPcapng =
  (read: Reader): Reader =>
  (context) =>
    context.frame.form === 'pcap' ? undefined : read(context);

const readers: { readonly [name: string]: Reader } = {
  'frame.number': ({ frame }) => String(frame.number),
  'frame.len': ({ frame }) => String(frame.originalLength),
  'frame.cap_len': ({ frame }) => String(frame.capturedLength),
  'frame.time_epoch': stamp,
  'frame.time_delta': delta,
  'frame.time_delta_displayed': delta,
  'frame.time_relative': ({ frame: { timestamp }, first }) =>
    timestamp === undefined || first === undefined ? undefined : formatTimestamp(timestamp - first),
  'frame.offset_shift': ({ frame }) => (frame.timestamp === undefined ? undefined : '0.000000000'),
  'frame.protocols': ({ packet, frame }) => protocolsOf(packet, frame.linkType),
  'frame.encap_type': ({ frame }) => String(encapsulationOf(frame.linkType)),
  'frame.comment': ({ frame }) => frame.comments,
  'frame.interface_id': fromPcapng(({ frame }) => String(frame.interfaceId)),
  'frame.interface_name': fromPcapng(({ frame }) => frame.interface.name),
  'frame.interface_description': fromPcapng(({ frame }) => frame.interface.description),
  'frame.interface_queue': ({ frame }) => frame.details.queue?.toString(),
  'frame.packet_flags': ({ frame: { details } }) =>
    details.flags === undefined ? undefined : formatHex(details.flags, 8),
  'frame.packet_flags_crc_error': flag(PacketFlag.CRC_ERROR),
  'frame.packet_id': ({ frame }) => frame.details.packetId?.toString(),
  'frame.drop_count': ({ frame }) => frame.details.dropCount?.toString(),
  'frame.marked': () => '0',
  'frame.ignored': () => '0',
};

/** Names of the fields that a capture gives. */
export const frameFields: readonly string[] = Object.keys(readers);

/** Occurrences of a field, none where the capture does not say. */
export function frameValues(name: string, context: FrameContext): readonly string[] {
  const value = readers[name]?.(context);
  return value === undefined ? [] : typeof value === 'string' ? [value] : value;
}

function encapsulationOf(linkType: number): number {
  // LINKTYPE_USER0 to USER15.
  if (linkType >= 147 && linkType <= 162) return linkType - 147 + 45;
  return encapsulations[linkType] ?? 0;
}

/** Layers that hand on by EtherType, which Wireshark lists as a protocol of its own. */
const etherTyped: ReadonlySet<string> = new Set(['eth', 'sll', 'vlan']);

/** The protocols of a packet with colons between, as Wireshark names them: `eth:ethertype:ip:tcp`. */
export function protocolsOf(packet: Packet, linkType: number): string {
  const names: string[] = linkType === 101 ? ['raw'] : [];
  const protocols = packet.layers.map(({ layerType }) => layerType.protocol);
  for (const [i, protocol] of protocols.entries()) {
    names.push(protocol);
    if (etherTyped.has(protocol) && protocols[i + 1] !== 'llc') names.push('ethertype');
  }
  return names.join(':');
}
