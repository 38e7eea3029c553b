/**
 * VLAN tags: IEEE 802.1Q (EtherType 0x8100) and the outer, service tag of 802.1ad provider bridges, called Q-in-Q (0x88a8; 0x9100 before
 * there was a standard).
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-----+-+-----------------------+-------------------------------+
 * | pcp |D|        vlan id        |        type or length         |
 * +-----+-+-----------------------+-------------------------------+
 *
 * @module
 */
import type { DecodeFault } from '../../errors.js';
import { bits, type Fields, header, type Inits, u16 } from '../core/header.js';
import {
  type Bindings,
  bytesNode,
  type Carries,
  type Enclosing,
  type FieldNode,
  type Naming,
  type Numbers,
  type Part,
  Step,
  type Steps,
} from '../core/layer.js';
import { isPadding as isZero } from '../core/option.js';
import { EtherType, etherTypeNames, maxLength, minimumFrame, stepByType, typeNode } from './ethernet.js';

const priorityNames: { readonly [value: number]: string } = {
  0: 'Best effort, default',
  1: 'Background',
  2: 'Excellent effort',
  3: 'Critical applications',
  4: 'Video',
  5: 'Voice',
  6: 'Internetwork control',
  7: 'Network control',
};

const shapeOf = (protocol: string) => ({
  /** Priority code point. */
  priority: bits(3).with({ label: 'Priority', filter: `${protocol}.priority`, names: priorityNames }),
  /** Drop eligible indicator: may be dropped first. */
  dei: bits(1).with({ label: 'Drop eligible', filter: `${protocol}.dei` }),
  /** VLAN identifier: 1 to 4094; 0 for a tag that gives a priority alone. */
  id: bits(12).with({
    label: 'VLAN identifier',
    filter: `${protocol}.id`,
    names: { 0: 'priority tag', 4095: 'reserved' },
  }),
  /** EtherType of what follows, or the length of the data where an LLC header follows. */
  type: u16.with({
    label: 'Type',
    filter: protocol === 'vlan' ? 'vlan.etype' : 'ieee8021ah.etype',
    base: 'hex',
    names: etherTypeNames,
  }),
});

const shape = shapeOf('vlan');
const CustomerTag = header('802.1Q', 'vlan', shape);
const ServiceTag = header('802.1ad', 'ieee8021ad', shapeOf('ieee8021ad'));

/** What to build a VLAN tag from. Left out: `priority` 0, `dei` 0, `id` 1, `type` from the layer inside, or the data's length when that is LLC. */
export type VlanInit = Inits<typeof shape>;

/** What both tags have in common. */
export class VlanTag extends CustomerTag {
  static readonly carries: Carries = { etherType: true };
  static readonly naming: Naming = { prefixes: ['eth.'], inTree: ['vlan.etype'] };

  static step(steps: Steps, bindings: Bindings): Step {
    const { view, at, end } = steps;
    if (end - at < VlanTag.size) return Step.CUT;
    steps.from = at + VlanTag.size;
    return stepByType(steps, view.getUint16(at + 2), bindings);
  }

  /** The end that a length gives, no more than the window's. */
  override get payloadEnd(): number {
    const { type } = this;
    return type <= maxLength ? Math.min(this.at + VlanTag.size + type, this.end) : this.end;
  }

  override fault(): DecodeFault | undefined {
    const have = this.end - this.at - VlanTag.size;
    if (have < 0) return this.truncation(VlanTag.size);
    const { type } = this;
    if (type <= maxLength && type > have)
      return this.faultAt('TRUNCATED', `length is ${type}, ${have} bytes available`, this.at + 2);
    return undefined;
  }

  override write(init: VlanInit, next?: Numbers): void {
    this.view.setUint16(this.at, 1);
    this.view.setUint16(this.at + 2, next?.etherType ?? 0);
    this.assign(init);
  }

  override seal(_enclosing: Enclosing | undefined, given: VlanInit | undefined, contentEnd: number): void {
    if (given?.type === undefined && (this.type === EtherType.LLC || (!given && this.type <= maxLength))) {
      this.type = contentEnd - this.at - VlanTag.size;
    }
  }

  override nodes(): FieldNode[] {
    return super.nodes().map((node) => (node.name === 'type' ? typeNode(node, 'vlan.len') : node));
  }

  override trailerNodes(at: number, end: number, frameAt: number): FieldNode[] {
    // As Wireshark tells them apart: behind an EtherType's data the zeros that fill the frame up to 60 bytes are its padding.
    const full = frameAt + minimumFrame;
    const isPadded = this.type > maxLength && at < full && end >= full && isZero(this.view, at, full);
    const from = isPadded ? full : at;
    const nodes: FieldNode[] = [];
    if (isPadded)
      nodes.push(bytesNode({ name: 'padding', label: 'Padding', filters: ['eth.padding'] }, this.view, at, from));
    if (from < end)
      nodes.push(bytesNode({ name: 'trailer', label: 'Trailer', filters: ['vlan.trailer'] }, this.view, from, end));
    return nodes;
  }

  override summary(): string {
    return `PRI: ${this.priority}  DEI: ${this.dei}  ID: ${this.id}`;
  }
}

/** An 802.1Q tag. */
export class Vlan extends VlanTag {}

/** The service tag of a provider bridge, 802.1ad. */
export class ServiceVlan extends VlanTag {
  static override readonly label: string = ServiceTag.label;
  static override readonly protocol: string = ServiceTag.protocol;
  static override readonly naming: Naming = {
    prefixes: ['eth.', 'vlan.', 'ieee8021ah.'],
    inTree: ['vlan.etype', 'ieee8021ah.etype'],
  };
  static override readonly fields: typeof ServiceTag.fields = ServiceTag.fields;
}

/** Fields of a VLAN tag, as read. */
export type VlanFields = Fields<typeof shape>;

/** An 802.1Q tag for `build`, behind `ethernet()`. */
export function vlan(init: VlanInit = {}): Part<VlanInit> {
  return { type: Vlan, init };
}

/** An 802.1ad service tag for `build`, outside a `vlan()`. */
export function serviceVlan(init: VlanInit = {}): Part<VlanInit> {
  return { type: ServiceVlan, init };
}
