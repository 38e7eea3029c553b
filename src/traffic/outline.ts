/**
 * Where the headers of a frame lie: what conversations, TCP analysis and raw filters need, found without making an object.
 *
 * An outline is read over and over: one is made per capture, `read()` per frame. It goes the same walk as `dissect` and so sees the same
 * headers, as far in as another Ethernet, IP, TCP or UDP header may be.
 *
 * @module
 */
import {
  Ethernet,
  FragmentHeader,
  IpProtocol,
  Ipv4,
  Ipv6,
  type LayerType,
  type PacketSource,
  Step,
  stack,
  Tcp,
  Udp,
  Walk,
} from '../wire/index.js';

/** Headers of one kind that an outline lists: more than a walk comes by. */
const maxHeaders = 32;

/** Numbers that an outline keeps of each transport header. */
const kept = 6;

/** The headers of one frame, by offset. An offset of -1 says that there is none. Headers in an ICMP error's quote stand apart. */
export class Outline {
  /** Where the transport header lies and the IP header before it: another view than the frame's behind a datagram's last fragment. */
  view: DataView = new DataView(new ArrayBuffer(0));
  /** Where the frame itself lies. */
  frameView: DataView = this.view;
  /** First byte of the frame. */
  at: number = 0;
  /** Behind its last captured byte. */
  end: number = 0;
  /** Bytes of the frame on the wire. */
  originalLength: number = 0;
  /** Ethernet header, outermost. */
  ethernetAt: number = -1;
  /** Ethernet headers, those in tunnels included. */
  readonly ethernetHeaders: Int32Array = new Int32Array(maxHeaders);
  readonly ethernetViews: DataView[] = new Array(maxHeaders).fill(this.view);
  ethernetCount: number = 0;
  /** IP header, innermost. */
  ipAt: number = -1;
  /** IP headers on the way to the innermost, tunnels' included, and where each lies. */
  readonly ipHeaders: Int32Array = new Int32Array(maxHeaders);
  readonly ipViews: DataView[] = new Array(maxHeaders).fill(this.view);
  ipCount: number = 0;
  /** 4, 6, or 0 where there is no IP. */
  ipVersion: number = 0;
  /** Behind the IP packet as its length field has it; beyond `end` where the capture cut it. */
  ipEnd: number = 0;
  /** Protocol number of what IP, or the fragment header behind it, says that it carries. */
  protocol: number = -1;
  /** Whether the IP packet is a fragment; what a fragment carries is not looked into. */
  isFragment: boolean = false;
  /** First byte of the TCP or UDP header, or of a fragment's data. */
  transportAt: number = -1;
  /** Fragment's place in its datagram, in bytes, and whether more follow. */
  fragmentOffset: number = 0;
  hasMoreFragments: boolean = false;
  /** Identification that fragments of one datagram share. */
  fragmentId: number = 0;
  /** Whether the innermost of TCP and UDP headers is the one or the other. */
  isTcp: boolean = false;
  isUdp: boolean = false;
  /** TCP and UDP headers, those of tunnels included. `select` goes to one of them. */
  transportCount: number = 0;
  /** First byte of the payload of TCP or UDP; -1 where the header is wrong about it. */
  payloadAt: number = -1;
  /** Bytes of payload on the wire. */
  payloadLength: number = -1;
  /** TCP or UDP header in the packet that an ICMP error quotes, the IP header before it, and that one's version. */
  quotedAt: number = -1;
  quotedIpAt: number = -1;
  quotedIpVersion: number = 0;
  isQuotedTcp: boolean = false;
  /**
   * Whether what the outline found is all there is: no header twice, no fragment, nothing quoted, nothing cut, nothing wrong. Only then
   * do filters on raw bytes and on layers mean the same.
   */
  isPlain: boolean = false;
  /** Whether frames of the usual kind are read without a walk. It makes no difference but in time. */
  isQuick: boolean = true;

  readonly #walk = new Walk();
  readonly #transports = new Int32Array(kept * maxHeaders);
  readonly #transportViews: DataView[] = new Array(maxHeaders).fill(this.view);

  /** Reads a frame's headers. */
  read({ view, at, end, linkType, originalLength = end - at }: PacketSource): void {
    this.view = view;
    this.frameView = view;
    this.at = at;
    this.end = end;
    this.originalLength = originalLength;
    this.ethernetAt = -1;
    this.ethernetCount = 0;
    this.ipAt = -1;
    this.ipCount = 0;
    this.ipVersion = 0;
    this.ipEnd = at + originalLength;
    this.protocol = -1;
    this.isFragment = false;
    this.transportAt = -1;
    this.isTcp = false;
    this.isUdp = false;
    this.transportCount = 0;
    this.payloadAt = -1;
    this.payloadLength = -1;
    this.quotedAt = -1;
    const isCut = originalLength > end - at;
    const first = stack.first(linkType, view, at, end);
    if (!isCut && this.isQuick && this.#usual(view, at, end, first?.type)) {
      this.isPlain = true;
      return;
    }
    const walk = this.#walk;
    walk.begin(view, at, end, isCut, first);
    const isGood = this.#follow(walk);
    this.isPlain =
      isGood &&
      !isCut &&
      this.ipCount <= 1 &&
      this.transportCount <= 1 &&
      this.ethernetCount <= 1 &&
      !this.isFragment &&
      !walk.isTooDeep;
  }

  /** Reads on from a datagram put together from its fragments. */
  readTransport(view: DataView, protocol: number, at: number, end: number): void {
    this.view = view;
    this.end = end;
    this.ipEnd = end;
    this.isFragment = false;
    this.#walk.begin(view, at, end, false, stack.ipProtocol.get(protocol));
    this.#follow(this.#walk);
  }

  /** Makes one of several transport headers, counted from the outermost, the one that is spoken of. */
  select(index: number): void {
    const list = this.#transports;
    const i = index * kept;
    const view = this.#transportViews[index]!;
    // Of one alone it is spoken already, unless a fragment stands in it.
    if (this.transportCount === 1 && this.transportAt === list[i] && this.view === view) return;
    this.view = view;
    this.transportAt = list[i]!;
    this.ipAt = list[i + 1]!;
    this.ipVersion = list[i + 2]!;
    this.payloadAt = list[i + 3]!;
    this.payloadLength = list[i + 4]!;
    this.isTcp = list[i + 5] === IpProtocol.TCP;
    this.isUdp = !this.isTcp;
  }

  get srcPort(): number {
    return this.view.getUint16(this.transportAt);
  }

  get dstPort(): number {
    return this.view.getUint16(this.transportAt + 2);
  }

  /**
   * Notes the headers of what most frames are, and gives whether this is such a one: Ethernet or nothing, IP without options, TCP or UDP,
   * whole and in order. What follows what is the table's to say as ever; the walk would find the same and takes longer
   * (`bench/traffic.ts`).
   */
  #usual(view: DataView, at: number, end: number, first: LayerType | undefined): boolean {
    let ip = at;
    let type = first;
    if (first === Ethernet) {
      if (end - at < 14) return false;
      const etherType = view.getUint16(at + 12);
      if (etherType < 1536) return false;
      ip += 14;
      type = stack.etherType.get(etherType)?.type;
    }
    let transport: number;
    let stop: number;
    let protocol: number;
    if (type === Ipv4) {
      if (end - ip < 20 || view.getUint8(ip) !== 0x45 || (view.getUint16(ip + 6) & 0x3fff) !== 0) return false;
      transport = ip + 20;
      stop = ip + view.getUint16(ip + 2);
      protocol = view.getUint8(ip + 9);
    } else if (type === Ipv6) {
      if (end - ip < 40 || view.getUint8(ip) >> 4 !== 6) return false;
      transport = ip + 40;
      stop = transport + view.getUint16(ip + 4);
      protocol = view.getUint8(ip + 6);
    } else return false;
    if (stop > end || stop - transport < 8) return false;
    const inner = stack.ipProtocol.get(protocol)?.type;
    let payload: number;
    if (inner === Tcp) {
      if (stop - transport < 20) return false;
      payload = transport + (view.getUint8(transport + 12) >> 4) * 4;
      if (payload < transport + 20 || payload > stop || this.#mayCarry(stack.carriers.tcpPort, view, transport))
        return false;
      if (stack.carriers.tcpContent.length > 0) return false;
    } else if (inner === Udp) {
      payload = transport + 8;
      if (view.getUint16(transport + 4) !== stop - transport) return false;
      if (this.#mayCarry(stack.carriers.udpPort, view, transport)) return false;
    } else return false;
    if (first === Ethernet) {
      this.ethernetAt = at;
      this.ethernetViews[0] = view;
      this.ethernetHeaders[0] = at;
      this.ethernetCount = 1;
    }
    this.ipAt = ip;
    this.ipVersion = type === Ipv4 ? 4 : 6;
    this.#ip(view, ip);
    this.ipEnd = stop;
    this.protocol = protocol;
    this.#transport(inner === Tcp ? IpProtocol.TCP : IpProtocol.UDP, transport, payload, stop - payload);
    return true;
  }

  /** Whether one of the ports may announce a layer in which others stand. */
  #mayCarry(ports: typeof stack.carriers.tcpPort, view: DataView, at: number): boolean {
    if (ports.isEmpty) return false;
    return ports.get(view.getUint16(at)) !== undefined || ports.get(view.getUint16(at + 2)) !== undefined;
  }

  /** Notes the headers on the walk; gives whether there was nothing wrong, and nothing quoted. */
  #follow(walk: Walk): boolean {
    let isGood = true;
    while (walk.advanceToCarrier()) {
      const { type, step } = walk;
      if (step !== Step.WHOLE) isGood = false;
      if (step >= Step.CUT) break;
      if (walk.isQuoted) {
        isGood = false;
        this.#quoted(walk);
      } else if (type === Ipv4) this.#ipv4(walk);
      else if (type === Tcp) this.#tcp(walk);
      else if (type === Ethernet) {
        const { at } = walk;
        if (this.ethernetCount === 0) this.ethernetAt = at;
        this.ethernetViews[this.ethernetCount] = walk.view;
        this.ethernetHeaders[this.ethernetCount++] = at;
      } else if (type === Udp) this.#udp(walk);
      else if (type === Ipv6) this.#ipv6(walk);
      else if (type === FragmentHeader) this.#fragment(walk);
      if (this.isFragment) break;
    }
    return isGood;
  }

  #ipv4({ view, at, end, step, from }: Walk): void {
    this.ipAt = at;
    this.ipVersion = 4;
    const header = (view.getUint8(at) & 0x0f) * 4;
    // Wireshark counts no packet whose header is wrong about itself, or is not all here.
    if (step !== Step.BAD && at + header <= end) this.#ip(view, at);
    const total = view.getUint16(at + 2);
    // A total length of 0 is what segmentation offload leaves: the frame's own length counts.
    if (total !== 0) this.ipEnd = Math.min(this.ipEnd, at + total);
    this.protocol = view.getUint8(at + 9);
    const fragment = view.getUint16(at + 6);
    if ((fragment & 0x3fff) === 0) return;
    this.isFragment = step !== Step.BAD;
    this.transportAt = from;
    this.fragmentOffset = (fragment & 0x1fff) * 8;
    this.hasMoreFragments = (fragment & 0x2000) !== 0;
    this.fragmentId = view.getUint16(at + 4);
  }

  #ipv6({ view, at }: Walk): void {
    this.ipAt = at;
    this.ipVersion = 6;
    this.#ip(view, at);
    const length = view.getUint16(at + 4);
    if (length !== 0) this.ipEnd = Math.min(this.ipEnd, at + 40 + length);
    this.protocol = view.getUint8(at + 6);
  }

  #ip(view: DataView, at: number): void {
    this.ipViews[this.ipCount] = view;
    this.ipHeaders[this.ipCount++] = at;
  }

  #fragment({ view, at, from }: Walk): void {
    const fragment = view.getUint16(at + 2);
    this.protocol = view.getUint8(at);
    this.transportAt = from;
    this.fragmentOffset = fragment & 0xfff8;
    this.hasMoreFragments = (fragment & 1) !== 0;
    this.fragmentId = view.getUint32(at + 4);
    this.isFragment = (fragment & 0xfff9) !== 0;
  }

  #tcp({ view, at, step, isExcused }: Walk): void {
    const header = (view.getUint8(at + 12) >> 4) * 4;
    const isSound = step === Step.WHOLE || (step === Step.SHORT && isExcused);
    this.#transport(
      IpProtocol.TCP,
      at,
      isSound ? Math.min(at + header, this.end) : -1,
      Math.max(0, this.ipEnd - at - header),
    );
  }

  #udp({ view, at, step }: Walk): void {
    if (step === Step.BAD) return;
    const length = view.getUint16(at + 4);
    const room = Math.max(0, this.ipEnd - at - 8);
    this.#transport(IpProtocol.UDP, at, at + 8, length >= 8 ? Math.min(length - 8, room) : room);
  }

  #transport(protocol: number, at: number, payloadAt: number, payloadLength: number): void {
    // Without addresses it is no part of a conversation.
    if (this.ipAt < 0) return;
    this.isTcp = protocol === IpProtocol.TCP;
    this.isUdp = !this.isTcp;
    this.transportAt = at;
    this.payloadAt = payloadAt;
    this.payloadLength = payloadLength;
    const list = this.#transports;
    this.#transportViews[this.transportCount] = this.view;
    const i = this.transportCount++ * kept;
    list[i] = at;
    list[i + 1] = this.ipAt;
    list[i + 2] = this.ipVersion;
    list[i + 3] = payloadAt;
    list[i + 4] = payloadLength;
    list[i + 5] = protocol;
  }

  #quoted({ at, type, step }: Walk): void {
    if (type === Ipv4 || type === Ipv6) {
      this.quotedIpAt = at;
      this.quotedIpVersion = type === Ipv4 ? 4 : 6;
    } else if (type === Tcp || (type === Udp && step !== Step.BAD)) {
      this.quotedAt = at;
      this.isQuotedTcp = type === Tcp;
    }
  }
}
