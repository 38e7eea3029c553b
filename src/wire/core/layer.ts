/**
 * A layer is a window: `view` from `at` to `end`. It owns nothing and copies nothing; whoever edits through it edits the
 * packet. `packet.copy()` detaches.
 *
 * @module
 */
import { bytesOf, toHex } from '../../bytes.js';
import type { DecodeCode, DecodeFault } from '../../errors.js';
import type { FlagBit, WiresharkType } from './field.js';

export type { Trailing } from './field.js';

/** Numbers by which one layer announces another: each a table of its own. */
export type NumberSpace =
  | 'etherType'
  /** Destination service access point of LLC. */
  | 'llcSap'
  | 'pppProtocol'
  /** Protocol or next header of IP, 0 to 255. */
  | 'ipProtocol'
  /** First four bits of IP, where nothing else tells: behind MPLS, in an ICMP error, in link types that begin with IP. */
  | 'ipVersion'
  /** Address family of BSD's loopback header. */
  | 'addressFamily'
  | 'tcpPort'
  | 'udpPort';

/** Numbers under which a layer is announced by the one outside it. */
export type Numbers = { readonly [K in NumberSpace]?: number };

/** A layer's class in its place among its neighbours. */
export interface Row {
  readonly type: LayerType;
}

/** Rows by their number. */
export interface NumberTable {
  /** Whether there is none. */
  readonly isEmpty: boolean;
  get(number: number): Row | undefined;
}

/** Which layer follows which number: the table of neighbours as a layer is handed it, which knows none of them itself. */
export type Bindings = { readonly [K in NumberSpace]: NumberTable } & {
  /** Layers told by their content on TCP ports that no layer is bound to; each has `accepts`. */
  readonly tcpContent: readonly Row[];
  /** The row of a class: for layers of which another follows. */
  of(type: LayerType): Row;
};

/** What became of a header on the walk from layer to layer. */
export const Step = {
  /** All is well. */
  WHOLE: 0,
  /** The header is here, not all of what it says of the rest: the walk goes on with what is here. */
  SHORT: 1,
  /** The header is here, and what it says cannot be: the walk ends behind it. */
  BAD: 2,
  /** Not even the header is here. */
  CUT: 3,
  /** It is no such header. */
  UNREADABLE: 4,
} as const;

export type Step = (typeof Step)[keyof typeof Step];

/** The walk at one layer, which fills in what lies inside it. */
export interface Steps {
  readonly view: DataView;
  /** First byte of the layer, and behind its last: `end` is the window's at first, less where bytes behind are not the layer's own. */
  readonly at: number;
  end: number;
  /** Where what is inside lies. */
  from: number;
  to: number;
  /** What that is, as far as known; nothing at first. */
  next: Row | undefined;
  /** Set where what is inside is the packet that an error quotes, or a part of a datagram. */
  inQuote: boolean;
  inFragment: boolean;
}

/** Numbers that a layer looks up to find the one inside; those listed, or any (`true`). */
export type Carries = { readonly [K in NumberSpace]?: true | readonly number[] };

/** Values a node of the field tree may hold. */
export type NodeValue = number | bigint | string | boolean | Uint8Array | readonly NodeValue[];

/** One field of a packet as it is shown, coloured, listed as JSON and filtered by. */
export interface FieldNode {
  /** Key in camelCase, unique among its siblings unless the protocol repeats it. */
  readonly name: string;
  /** The RFC's words. */
  readonly label: string;
  /** Wireshark's field names, the most particular first. */
  readonly filters: readonly string[];
  /** Offset of its first byte in the packet's buffer. */
  readonly at: number;
  /** First bit within that byte, counted from the most significant. */
  readonly bit: number;
  /** Width in bits. 0 for what is not in the bytes but follows from them. */
  readonly bits: number;
  /** Value as decoded. */
  readonly value: NodeValue;
  /** Raw value as text, the way the protocol's people write it. */
  readonly text: string;
  /** What the value says: a name, spelled-out flags, a checksum right or wrong. */
  readonly meaning?: string;
  /** Set on a checksum: whether it is right. */
  readonly intact?: boolean;
  /** How Wireshark writes it, when that is not `text`. */
  readonly wireshark?: string;
  /** Bits of a flags field, high to low. */
  readonly flags?: readonly FlagBit[];
  readonly children?: readonly FieldNode[];
}

/** What a layer is built from: its class and the values given. */
export interface Part<I = unknown> {
  readonly type: LayerType;
  readonly init: I;
}

/** The static side of a layer, as far as building and dissecting need it. */
export interface LayerType<L extends Layer = Layer> {
  /** Name as shown: `IPv4`. */
  readonly label: string;
  /** Wireshark's protocol name: `ip`. */
  readonly protocol: string;
  new (view: DataView, at: number, end: number): L;
  /** Bytes of the header for `init`, options included. */
  sizeOf(init: unknown): number;
  /**
   * Whether bytes look like this layer. Where it is left out, the number that announces the layer decides alone. `isBound` says that
   * a port number has announced it, which asks less of the content.
   */
  accepts?(view: DataView, at: number, end: number, isBound: boolean): boolean;
  /** Whether several of them stand one behind the other, as records and messages of a stream do, instead of each in the one before. */
  readonly isSequence?: boolean;
  /** Whether Wireshark counts what it carries among its bytes when a filter cuts a slice: `tcp[20:4]` has data, `udp[8:4]` nothing. */
  readonly spansPayload?: boolean;
  /**
   * The walk's step through a layer, without making one: `payloadAt`, `payloadEnd`, `next` and the like in one go, for layers that stand
   * in most packets. It says the same as they do, and by its result of what kind `fault()` is. Where it is left out they are asked.
   */
  readonly step?: (steps: Steps, bindings: Bindings) => Step;
  /** What `next` looks up. A layer with a `next` of its own that does not say is taken to carry anything. */
  readonly carries?: Carries;
  /** What is to be known to read its fields by Wireshark's names; nothing where they are those of its table. */
  readonly naming?: Naming;
}

/** How a protocol's fields stand under Wireshark's names, where its table does not say all. */
export interface Naming {
  /** Beginnings of names that its fields have beside those that begin with its own: `dns.` for mDNS. */
  readonly prefixes?: readonly string[];
  /** Beginnings of names whose fields are left out of some packets, or worded in the protocol's own way: they are read from the tree. */
  readonly inTree?: readonly string[];
  /** Whether its tree has more than its table only where the header is longer than that. */
  readonly isOptional?: boolean;
  /** Fields that are in no table but in every header: readers by name. */
  readonly derived?: { readonly [name: string]: (layer: Layer) => number };
  /** Fields that Wireshark does not know, and how they are written. */
  readonly own?: { readonly [name: string]: WiresharkType };
}

/** What encloses a layer, when its checksum or length depends on it. */
export interface Enclosing {
  /** Sum of the pseudo-header for `length` bytes of IP protocol `protocol`, unfolded. */
  pseudoSum(protocol: number, length: number): number;
  /** Whether what is inside must carry a checksum: IPv6 has none of its own. */
  readonly needsChecksum?: boolean;
  /** Whether what is inside may be longer than its own length field can say. */
  readonly isJumbogram?: boolean;
}

export abstract class Layer {
  declare readonly view: DataView;
  /** Offset of its first byte in `view`. */
  declare readonly at: number;
  /** Offset behind its last byte, payload and trailer included. */
  declare readonly end: number;

  static readonly label: string = 'Layer';
  static readonly protocol: string = '';

  constructor(view: DataView, at: number, end: number) {
    this.view = view;
    this.at = at;
    this.end = end;
  }

  /** Its class, with name and table. Not `type`, which is what ICMP, IGMP and Ethernet call a field. */
  get layerType(): LayerType {
    return this.constructor as unknown as LayerType;
  }

  /** Bytes of the header, options included. */
  abstract get headerLength(): number;

  /** Offset of the payload's first byte. */
  get payloadAt(): number {
    return this.at + this.headerLength;
  }

  /** Offset behind the payload, by the layer's own account; less than `end` where more bytes are there. */
  get payloadEnd(): number {
    return this.end;
  }

  /**
   * Whether bytes behind `payloadEnd` are the layer's own. Where they are not, the dissector ends the layer there and leaves them to
   * the one outside it: what pads an IP datagram is Ethernet's.
   */
  get keepsTrailer(): boolean {
    return false;
  }

  /** Whether it carries the beginning of another packet as a report, as ICMP errors do: cut anywhere, of checksums long past. */
  get isQuoting(): boolean {
    return false;
  }

  /** Whether it carries a part of a datagram: what spans the whole cannot be checked. */
  get isFragment(): boolean {
    return false;
  }

  /** The payload's bytes, sharing the packet's memory. */
  get payload(): Uint8Array {
    return bytesOf(this.view, this.payloadAt, Math.max(this.payloadAt, this.payloadEnd));
  }

  /** All of the layer's bytes, payload included, sharing the packet's memory. */
  get bytes(): Uint8Array {
    return bytesOf(this.view, this.at, this.end);
  }

  /** Why the header cannot be read at all. While there is no such fault, no accessor throws. */
  abstract headerFault(): DecodeFault | undefined;

  /** First reason not to trust the layer, its header or what that says of the rest. */
  fault(): DecodeFault | undefined {
    return this.headerFault();
  }

  /**
   * What is wrong with the layer though all of it can be read: options whose lengths lie, a checksum that must not be left out. Called only
   * where the header is whole. `enclosing` is there even where its checksum cannot be checked.
   */
  objections(_enclosing?: Enclosing): DecodeFault[] {
    return [];
  }

  /** The layer inside; nothing when none follows or it cannot be known. */
  next(_bindings: Bindings): Row | undefined {
    return undefined;
  }

  /** Writes the header from what is given, over zeroed bytes; `next` has the numbers of the layer inside. */
  abstract write(init: unknown, next?: Numbers): void;

  /**
   * Computes lengths and checksums, leaving those that `given` holds. Inner layers are sealed before outer ones; `contentEnd` is where
   * what is inside ends.
   */
  seal(_enclosing: Enclosing | undefined, _given: unknown, _contentEnd: number): void {}

  /** Its fields as a tree, in wire order. `enclosing` lets it judge a checksum that spans a pseudo-header. */
  abstract nodes(enclosing?: Enclosing): FieldNode[];

  /** Nodes for bytes `at` to `end` between the end of what is inside and its own; `frameAt` is where the frame on the link begins. */
  trailerNodes(at: number, end: number, _frameAt: number): FieldNode[] {
    return [bytesNode({ name: 'trailer', label: 'Trailer', filters: [] }, this.view, at, end)];
  }

  /** Values that build this very header again, computed fields included. */
  abstract toInit(): unknown;

  /** One line about it: addresses, ports, what happens. */
  summary(): string {
    return this.layerType.label;
  }

  /** The same layer in another buffer, `shift` bytes further on. */
  moved(view: DataView, shift: number): Layer {
    return new this.layerType(view, this.at + shift, this.end + shift);
  }

  toJSON(): Record<string, unknown> {
    return { layer: this.layerType.label, ...nodesToJson(this.nodes()) };
  }

  toString(): string {
    return this.summary();
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `${this.layerType.label} { ${this.nodes()
      .map((node) => `${node.name}: ${node.text}${node.meaning === undefined ? '' : ` (${node.meaning})`}`)
      .join(', ')} }`;
  }

  /** A fault of this layer, at byte `at` of the packet. */
  protected faultAt(code: DecodeCode, reason: string, at: number = this.at): DecodeFault {
    return { code, layer: this.layerType.label, at, reason };
  }

  /** The fault of a header that needs `size` bytes, when fewer are there. */
  protected truncation(size: number): DecodeFault | undefined {
    const have = this.end - this.at;
    return have < size ? this.faultAt('TRUNCATED', `${size} bytes needed, ${have} available`) : undefined;
  }
}

/** What a field is called. */
export interface Named {
  /** Key in camelCase. */
  readonly name: string;
  /** The RFC's words. */
  readonly label: string;
  /** Wireshark's names, the most particular first. */
  readonly filters: string | readonly string[];
}

/** Wireshark's names as a list. */
export function filtersOf({ filters }: Named): readonly string[] {
  return typeof filters === 'string' ? [filters] : filters;
}

/** A node of bytes `at` to `end` as they are. */
export function bytesNode(named: Named, view: DataView, at: number, end: number): FieldNode {
  const { name, label } = named;
  const value = bytesOf(view, at, end);
  return { name, label, filters: filtersOf(named), at, bit: 0, bits: (end - at) * 8, value, text: toHex(value) };
}

/** A node of what follows from the bytes at `at` and takes none of its own. */
export function derivedNode(named: Named, at: number, value: NodeValue, text: string = String(value)): FieldNode {
  const { name, label } = named;
  return { name, label, filters: filtersOf(named), at, bit: 0, bits: 0, value, text };
}

/** Plain values of nodes by name; a name that recurs becomes a list. */
export function nodesToJson(nodes: readonly FieldNode[]): Record<string, unknown> {
  const json: Record<string, unknown> = {};
  for (const node of nodes) {
    const value = node.children
      ? { value: jsonValue(node.value), ...nodesToJson(node.children) }
      : jsonValue(node.value);
    const before = json[node.name];
    if (before === undefined) json[node.name] = value;
    else json[node.name] = Array.isArray(before) ? [...before, value] : [before, value];
  }
  return json;
}

function jsonValue(value: NodeValue): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Uint8Array) return toHex(value);
  if (Array.isArray(value)) return value.map(jsonValue);
  return value;
}
