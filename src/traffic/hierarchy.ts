/**
 * Which protocols a capture holds inside which: Wireshark's protocol hierarchy.
 *
 * @module
 */
import type { Packet } from '../wire/index.js';

/** A protocol with those inside it. */
export interface HierarchyNode {
  /** Wireshark's name: `tcp`. */
  readonly protocol: string;
  /** Frames in which it stands in this place. */
  readonly frames: number;
  /** Bytes of these frames, whole, on the wire. */
  readonly bytes: number;
  /** Protocols inside, in the order in which they were met. */
  readonly children: readonly HierarchyNode[];
}

class Node implements HierarchyNode {
  readonly protocol: string;
  frames = 0;
  bytes = 0;
  readonly inside = new Map<string, Node>();

  constructor(protocol: string) {
    this.protocol = protocol;
  }

  get children(): readonly Node[] {
    return [...this.inside.values()];
  }

  child(protocol: string): Node {
    let child = this.inside.get(protocol);
    if (child === undefined) {
      child = new Node(protocol);
      this.inside.set(protocol, child);
    }
    return child;
  }

  toJSON(): HierarchyNode {
    return {
      protocol: this.protocol,
      frames: this.frames,
      bytes: this.bytes,
      children: this.children.map((child) => child.toJSON()),
    };
  }
}

/** Counts protocols. */
export class Hierarchy {
  readonly #root = new Node('frame');

  /** Counts one packet. */
  add(packet: Packet): void {
    let node = this.#root;
    node.frames++;
    node.bytes += packet.originalLength;
    for (const { layerType } of packet.layers) {
      // What follows Ethernet's payload is no protocol inside it.
      if (layerType.protocol === '_ws.trailer') continue;
      node = node.child(layerType.protocol);
      node.frames++;
      node.bytes += packet.originalLength;
    }
  }

  /** The tree; its root stands for the frames themselves. */
  get root(): HierarchyNode {
    return this.#root.toJSON();
  }
}
