/**
 * Wireshark's `frame.…` fields: what a capture, rather than the packet's bytes, says of a packet.
 *
 * @module
 */
import { formatHex } from '../bytes.js';
import { PacketFlag } from '../capture/index.js';
import { type Packet, Snap } from '../wire/index.js';
import type { TrafficContext, TrafficField, TrafficFieldKind, TrafficValue } from './context.js';
import { formatMoment, toNanoseconds } from './time.js';

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
  12: 7,
  14: 7,
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

type Reader = (context: TrafficContext) => TrafficValue | readonly TrafficValue[] | undefined;

const hex32 = (value: TrafficValue) => formatHex(value as number, 8);

const delta: Reader = ({ timestamp, previous }) =>
  timestamp === undefined || previous === undefined ? undefined : toNanoseconds(timestamp - previous);

/** A bit of the packet's flags, where it has flags. */
const flag =
  (mask: number): Reader =>
  ({ frame }) => {
    const flags = frame?.details.flags;
    return flags === undefined ? undefined : Number((flags & mask) !== 0);
  };

const fromPcapng =
  (read: Reader): Reader =>
  (context) =>
    context.frame === undefined || context.frame.form === 'pcap' ? undefined : read(context);

const field = (
  name: string,
  kind: TrafficFieldKind,
  read: Reader,
  more: Pick<TrafficField, 'write' | 'max'> = {},
): TrafficField => ({ name, kind, isTracked: false, read, ...more });

const u64 = { max: 2 ** 64 };

/** The fields that a capture gives. */
export const frameFields: readonly TrafficField[] = [
  field('frame', 'protocol', ({ packet }) => packet.bytes, { write: () => 'Frame' }),
  field('frame.number', 'number', ({ number }) => number),
  field('frame.len', 'number', ({ packet }) => packet.originalLength),
  field('frame.cap_len', 'number', ({ packet }) => packet.length),
  field('frame.time', 'moment', ({ timestamp }) => timestamp, { write: (value) => formatMoment(value as bigint) }),
  field('frame.time_epoch', 'time', ({ timestamp }) =>
    timestamp === undefined ? undefined : toNanoseconds(timestamp),
  ),
  field('frame.time_delta', 'time', delta),
  field('frame.time_delta_displayed', 'time', delta),
  field('frame.time_relative', 'time', ({ timestamp, first }) =>
    timestamp === undefined || first === undefined ? undefined : toNanoseconds(timestamp - first),
  ),
  field('frame.offset_shift', 'time', ({ timestamp }) => (timestamp === undefined ? undefined : 0)),
  field('frame.protocols', 'text', ({ packet, frame }) => protocolsOf(packet, frame?.linkType)),
  field('frame.encap_type', 'number', ({ frame }) =>
    frame === undefined ? undefined : encapsulationOf(frame.linkType),
  ),
  field('frame.comment', 'text', ({ frame }) => frame?.comments),
  field(
    'frame.interface_id',
    'number',
    fromPcapng(({ frame }) => frame?.interfaceId),
  ),
  field(
    'frame.interface_name',
    'text',
    fromPcapng(({ frame }) => frame?.interface.name),
  ),
  field(
    'frame.interface_description',
    'text',
    fromPcapng(({ frame }) => frame?.interface.description),
  ),
  field('frame.interface_queue', 'number', ({ frame }) => frame?.details.queue),
  field('frame.packet_flags', 'number', ({ frame }) => frame?.details.flags, { write: hex32 }),
  field('frame.packet_flags_crc_error', 'boolean', flag(PacketFlag.CRC_ERROR)),
  field('frame.packet_id', 'number', ({ frame }) => frame?.details.packetId, u64),
  field('frame.drop_count', 'number', ({ frame }) => frame?.details.dropCount, u64),
  field('frame.marked', 'boolean', () => 0),
  field('frame.ignored', 'boolean', () => 0),
];

function encapsulationOf(linkType: number): number {
  // LINKTYPE_USER0 to USER15.
  if (linkType >= 147 && linkType <= 162) return linkType - 147 + 45;
  return encapsulations[linkType] ?? 0;
}

/** Layers that hand on by EtherType, which Wireshark lists as a protocol of its own. */
const etherTyped: ReadonlySet<string> = new Set(['eth', 'sll', 'vlan']);

/** Link types that hold an IP packet with nothing before it, which Wireshark lists as a protocol of its own. */
const rawLinkTypes: ReadonlySet<number> = new Set([12, 14, 101]);

/** The protocols of a packet with colons between, as Wireshark names them: `eth:ethertype:ip:tcp`. */
function protocolsOf(packet: Packet, linkType: number | undefined): string {
  const names: string[] = linkType !== undefined && rawLinkTypes.has(linkType) ? ['raw'] : [];
  // To Wireshark SNAP is a part of LLC.
  const layers = packet.layers.filter((layer) => !(layer instanceof Snap));
  const protocols = layers.map(({ layerType }) => layerType.protocol);
  for (const [i, protocol] of protocols.entries()) {
    names.push(protocol);
    if (protocol === 'radiotap') names.push('wlan_radio'); // what Wireshark makes of the same bytes
    if (etherTyped.has(protocol) && protocols[i + 1] !== 'llc') names.push('ethertype');
  }
  return names.join(':');
}
