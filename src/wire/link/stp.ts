/**
 * Spanning Tree Protocol, IEEE 802.1D clause 9: configuration, rapid and topology change BPDUs. What the multiple spanning trees of
 * 802.1Q add is left as bytes.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-------------------------------+---------------+---------------+
 * |      protocol identifier      |    version    |   BPDU type   |
 * +---------------+---------------+---------------+---------------+
 * |     flags     |  root: priority, extension (16), address (48) |
 * +---------------+-----------------------------------------------+
 * | root path cost (32) | bridge (64) | port (16) | message age   |
 * +---------------------------------------------------------------+
 * |  max age, hello time, forward delay (16 each) | version 1 len |
 * +-----------------------------------------------+---------------+
 *
 * @module
 */
import { bits, macAddress, u8, u16, u32 } from '../core/header.js';
import type { Part } from '../core/layer.js';
import { type MessageInit, message } from '../core/message.js';
import { choice, opaque, type Rule, record, tail } from '../core/rule.js';

/** BPDU types. */
export const StpType = { CONFIGURATION: 0, RAPID: 2, TOPOLOGY_CHANGE: 0x80 } as const;

const typeNames: { readonly [value: number]: string } = {
  0: 'Configuration',
  2: 'Rapid/Multiple Spanning Tree',
  128: 'Topology change notification',
};
const roles: { readonly [value: number]: string } = {
  0: 'Unknown',
  1: 'Alternate or backup',
  2: 'Root',
  3: 'Designated',
};

const topologyChange = { name: 'TC', mask: 0x01, label: 'Topology change', filter: 'stp.flags.tc' };
const acknowledgment = { name: 'TCA', mask: 0x80, label: 'Topology change acknowledgment', filter: 'stp.flags.tcack' };

const shape = {
  /** 0, or of a vendor. */
  protocolId: u16.with({ label: 'Protocol identifier', filter: 'stp.protocol', base: 'hex' }),
  /** 0 STP, 2 rapid, 3 multiple. */
  version: u8.with({ label: 'Protocol version', filter: 'stp.version' }),
  /** What kind of BPDU this is. */
  type: u8.with({ label: 'BPDU type', filter: 'stp.type', base: 'hex', names: typeNames }),
};

const seconds = (label: string, filter: string) => u16.with({ label, filter, scale: 1 / 256, unit: 'seconds' });

const tree = {
  /** Priority of the root, in steps of 4096: 8 is 32768. */
  rootPriority: bits(4, { label: 'Root priority', filter: 'stp.root.prio', scale: 4096 }),
  rootExtension: bits(12, { label: 'Root system ID extension', filter: 'stp.root.ext' }),
  rootMac: macAddress.with({ label: 'Root system ID', filter: 'stp.root.hw' }),
  rootCost: u32.with({ label: 'Root path cost', filter: 'stp.root.cost' }),
  bridgePriority: bits(4, { label: 'Bridge priority', filter: 'stp.bridge.prio', scale: 4096 }),
  bridgeExtension: bits(12, { label: 'Bridge system ID extension', filter: 'stp.bridge.ext' }),
  bridgeMac: macAddress.with({ label: 'Bridge system ID', filter: 'stp.bridge.hw' }),
  port: u16.with({ label: 'Port identifier', filter: 'stp.port', base: 'hex' }),
  /** Times in 1/256 seconds. */
  messageAge: seconds('Message age', 'stp.msg_age'),
  maxAge: seconds('Max age', 'stp.max_age'),
  helloTime: seconds('Hello time', 'stp.hello'),
  forwardDelay: seconds('Forward delay', 'stp.forward'),
};

const usual = {
  rootPriority: 8,
  bridgePriority: 8,
  port: 0x8001,
  maxAge: 20 * 256,
  helloTime: 2 * 256,
  forwardDelay: 15 * 256,
};

const configuration = record(
  { flags: u8.with({ label: 'Flags', filter: 'stp.flags' }).flags([acknowledgment, topologyChange]), ...tree },
  usual,
);

const rapid = record(
  {
    flags: u8
      .with({
        label: 'Flags',
        filter: 'stp.flags',
        parts: [{ name: 'portRole', filter: 'stp.flags.port_role', mask: 0x0c, names: roles }],
      })
      .flags([
        acknowledgment,
        { name: 'AGREEMENT', mask: 0x40, label: 'Agreement', filter: 'stp.flags.agreement' },
        { name: 'FORWARDING', mask: 0x20, label: 'Forwarding', filter: 'stp.flags.forwarding' },
        { name: 'LEARNING', mask: 0x10, label: 'Learning', filter: 'stp.flags.learning' },
        { name: 'PROPOSAL', mask: 0x02, label: 'Proposal', filter: 'stp.flags.proposal' },
        topologyChange,
      ]),
    ...tree,
    version1Length: u8.with({ label: 'Version 1 length', filter: 'stp.version_1_length' }),
    /** What the multiple spanning trees add. */
    extension: tail(),
  },
  usual,
);

type TreeInit = MessageInit<Record<never, never>, typeof tree> & {
  flags?: number | string | undefined;
  version1Length?: number | undefined;
  extension?: Uint8Array | undefined;
};

const members = {
  bpdu: choice<TreeInit>(({ type }) => bodies[type as number]),
};

const bodies: { readonly [type: number]: Rule<never> | undefined } = {
  [StpType.CONFIGURATION]: configuration as Rule<never>,
  [StpType.RAPID]: rapid as Rule<never>,
  [StpType.TOPOLOGY_CHANGE]: opaque() as Rule<never>,
};

/**
 * What to build a BPDU from. Left out: type 0, a configuration; priorities 32768, port 0x8001, max age 20, hello time 2 and forward delay
 * 15 seconds. Times are in 1/256 seconds.
 */
export type StpInit = MessageInit<typeof shape, typeof members>;

/** A BPDU. */
export class Stp extends message('STP', 'stp', shape, { members }) {
  override summary(): string {
    const { type, body } = this;
    const kind =
      { 0: 'Conf. ', 2: 'RST. ', 128: 'Topology Change Notification' }[type] ?? `Type 0x${type.toString(16)} `;
    if (body.rootMac === undefined) return kind.trim();
    const priority = (body.rootPriority ?? 0) * 4096;
    return `${kind}Root = ${priority}/${body.rootExtension}/${body.rootMac}  Cost = ${body.rootCost}  Port = 0x${(body.port ?? 0).toString(16).padStart(4, '0')}`;
  }
}

/** A BPDU for `build`, behind `llc()`. */
export function stp(init: StpInit = {}): Part<StpInit> {
  return { type: Stp, init };
}
