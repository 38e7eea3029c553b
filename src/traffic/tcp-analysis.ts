/**
 * TCP analysis: what a segment means in its connection, by the rules that the Wireshark User's Guide gives in section 7.5 and that
 * its release 4.0 follows. The verdicts are Wireshark's, packet by packet, because those are the words people know.
 *
 * @module
 */
import { TcpFlag, TcpOptionKind } from '../wire/index.js';
import { AnalysisFlag, Completeness } from './tcp-flag.js';
import { SCALE_NONE, SCALE_UNKNOWN, type TcpDirection, type TcpStream } from './tcp-stream.js';
import type { Nanoseconds } from './time.js';

const { FIN, SYN, RST, PSH, ACK } = TcpFlag;
const CONTROL = FIN | SYN | RST;

/** A retransmission this soon behind the second duplicate acknowledgment is a fast one. */
const FAST_NS = 20_000_000;
/** How late a segment may be to count as out of order where the handshake gave no round-trip time. */
const REORDERING_NS = 3_000_000;
/**
 * Count of duplicate acknowledgments of a side whose segments are missing from the capture: there may have been any number, so what
 * is sent again counts as fast. Found by experiment with release 4.0.
 */
const MANY = 0xffffffff;

/** What is known of the segment that was analysed last. Reused for each; copy what is to be kept. */
export class TcpAnalysis {
  /** Bits of `AnalysisFlag`. */
  flags: number = 0;
  /** Sequence and acknowledgment number relative to the connection's first. */
  seq: number = 0;
  ack: number = 0;
  /** Relative sequence number behind this segment. */
  nextSeq: number = 0;
  /** Bytes of payload on the wire; -1 where they cannot be known. */
  length: number = 0;
  /** Window in bytes, scaled where the scale is known. */
  window: number = 0;
  /** Factor of the window; -1 unknown, -2 no scaling used. */
  windowScale: number = 0;
  /** Frame that this one acknowledges, or 0, and how long that took, in nanoseconds. */
  acksFrame: number = 0;
  ackRtt: number = 0;
  /** Bytes sent and not yet acknowledged; -1 where it does not apply or cannot be known. */
  bytesInFlight: number = -1;
  /** Bytes sent since the last PSH, this segment's included; -1 where it does not apply. */
  pushBytesSent: number = -1;
  /** Which repetition a duplicate acknowledgment is, and of which frame. */
  duplicateAckNumber: number = 0;
  duplicateAckFrame: number = 0;
  /** Frame that a retransmission was timed from, or 0, and the nanoseconds since. */
  rtoFrame: number = 0;
  rto: number = 0;
  /** Nanoseconds since the first and since the previous segment of the connection. */
  timeRelative: Nanoseconds = 0;
  timeDelta: Nanoseconds = 0;
  /** Handshake's round-trip time in nanoseconds, or 0. */
  initialRtt: number = 0;
  /** Bits of `Completeness` before this segment, which is what tshark prints in one pass; the stream has them with it. */
  completeness: number = 0;
}

/** Whether sequence number `a` lies behind `b`, RFC 9293 section 3.4. */
function isAfter(a: number, b: number): boolean {
  return ((a - b) | 0) > 0;
}

/**
 * Analyses one segment.
 *
 * @param out is filled
 * @param reused whether this segment's SYN opened a connection on ports used before
 * @param time nanoseconds since the capture's first frame
 * @param length bytes of payload on the wire, or -1
 */
export function analyzeSegment(
  out: TcpAnalysis,
  stream: TcpStream,
  isReverse: boolean,
  view: DataView,
  at: number,
  payloadAt: number,
  length: number,
  frame: number,
  time: number,
  reused: boolean,
): void {
  const fwd = isReverse ? stream.b : stream.a;
  const rev = isReverse ? stream.a : stream.b;
  const seq = view.getInt32(at + 4);
  const ack = view.getInt32(at + 8);
  const bits = view.getUint16(at + 12) & 0x1ff;
  const window = view.getUint16(at + 14);
  setBases(fwd, rev, seq, ack, bits);
  out.flags = reused ? AnalysisFlag.REUSED_PORTS : 0;
  out.length = length;
  out.acksFrame = 0;
  out.ackRtt = 0;
  out.bytesInFlight = -1;
  out.pushBytesSent = -1;
  out.duplicateAckNumber = 0;
  out.duplicateAckFrame = 0;
  out.rtoFrame = 0;
  out.rto = 0;
  out.completeness = stream.completeness;
  noteCompleteness(stream, bits, length, frame === stream.firstFrame);
  if ((bits & (SYN | ACK)) === SYN) stream.synTime = time;
  else if (stream.initialRtt === 0 && stream.synTime >= 0 && (bits & (SYN | ACK)) === ACK)
    stream.initialRtt = time - stream.synTime;
  if (length >= 0) judge(out, stream, fwd, rev, seq, ack, bits, window, length, frame, time);
  readOptions(fwd, view, at + 20, Math.min(payloadAt, view.byteLength), bits);
  if ((bits & SYN) !== 0) {
    fwd.hasSyn = true;
    // Without the option in both SYNs neither side scales, RFC 7323 section 2.2.
    if (fwd.windowScale === SCALE_UNKNOWN || ((bits & ACK) !== 0 && rev.windowScale === SCALE_NONE)) {
      fwd.windowScale = SCALE_NONE;
      rev.windowScale = SCALE_NONE;
    }
  }
  if ((bits & FIN) !== 0) fwd.hasFin = true;
  out.seq = (seq - fwd.baseSeq) >>> 0;
  out.ack = ((bits & ACK) !== 0 ? ack - rev.baseSeq : ack) >>> 0;
  out.nextSeq = (out.seq + Math.max(0, length) + ((bits & (SYN | FIN)) !== 0 ? 1 : 0)) >>> 0;
  const scale = fwd.windowScale;
  out.windowScale = (bits & SYN) !== 0 ? 0 : scale >= 0 ? 2 ** scale : scale;
  out.window = (bits & SYN) === 0 && scale >= 0 ? window * 2 ** scale : window;
  out.initialRtt = stream.initialRtt;
}

/** Relative numbers count from the SYN; where none was seen, so that the first byte seen is number 1. */
function setBases(fwd: TcpDirection, rev: TcpDirection, seq: number, ack: number, bits: number): void {
  if ((bits & SYN) !== 0) {
    fwd.baseSeq = seq;
    fwd.hasBaseSeq = true;
  } else if (!fwd.hasBaseSeq) {
    fwd.baseSeq = (seq - 1) | 0;
    fwd.hasBaseSeq = true;
  }
  if (!rev.hasBaseSeq && (bits & ACK) !== 0) {
    rev.baseSeq = (ack - 1) | 0;
    rev.hasBaseSeq = true;
  }
}

function noteCompleteness(stream: TcpStream, bits: number, length: number, isFirst: boolean): void {
  let seen = stream.completeness;
  // Wireshark does not count the segment that it meets a connection with, a SYN aside.
  if (isFirst && (bits & (SYN | ACK)) !== SYN) return;
  if ((bits & SYN) !== 0) seen |= (bits & ACK) !== 0 ? Completeness.SYN_ACK : isFirst ? Completeness.SYN : 0;
  else if ((bits & ACK) !== 0) seen |= length > 0 ? Completeness.DATA : Completeness.ACK;
  if ((bits & FIN) !== 0) seen |= Completeness.FIN;
  if ((bits & RST) !== 0) seen |= Completeness.RST;
  stream.completeness = seen;
}

/** The sequence analysis proper. */
function judge(
  out: TcpAnalysis,
  stream: TcpStream,
  fwd: TcpDirection,
  rev: TcpDirection,
  seq: number,
  ack: number,
  bits: number,
  window: number,
  length: number,
  frame: number,
  time: number,
): void {
  let flags = out.flags;
  const isPlain = (bits & CONTROL) === 0;
  const isRepeat = length === 0 && isPlain && seq === fwd.nextSeq && ack === fwd.lastAck;

  if (length === 1 && seq === fwd.nextSeq && rev.window === 0) {
    flags |= AnalysisFlag.ZERO_WINDOW_PROBE;
  } else {
    if (window === 0 && isPlain) flags |= AnalysisFlag.ZERO_WINDOW;
    if (fwd.nextSeq !== 0 && isAfter(seq, fwd.nextSeq) && (bits & RST) === 0) {
      flags |= AnalysisFlag.LOST_SEGMENT;
      fwd.isFlightKnown = false;
    }
    if (length <= 1 && isPlain && seq === ((fwd.nextSeq - 1) | 0)) flags |= AnalysisFlag.KEEP_ALIVE;
    if (isRepeat && window !== 0 && window !== fwd.window) flags |= AnalysisFlag.WINDOW_UPDATE;
    if (length > 0 && isPlain && rev.windowScale !== SCALE_UNKNOWN) {
      const shift = rev.isWindowPlain || rev.windowScale < 0 ? 0 : rev.windowScale;
      if (((seq + length) | 0) === ((rev.lastAck + rev.window * 2 ** shift) | 0)) flags |= AnalysisFlag.WINDOW_FULL;
    }
    if (isRepeat && window === fwd.window && window !== 0 && (rev.lastFlags & AnalysisFlag.KEEP_ALIVE) !== 0) {
      flags |= AnalysisFlag.KEEP_ALIVE_ACK;
    } else if (
      length === 0 &&
      isPlain &&
      window === 0 &&
      fwd.window === 0 &&
      seq === fwd.nextSeq &&
      ack === fwd.lastAck &&
      (rev.lastFlags & AnalysisFlag.ZERO_WINDOW_PROBE) !== 0
    ) {
      flags |= AnalysisFlag.ZERO_WINDOW_PROBE_ACK;
    } else if (isRepeat && window === fwd.window && window !== 0) {
      fwd.duplicateAcks = fwd.duplicateAcks === MANY ? 1 : fwd.duplicateAcks + 1;
      flags |= AnalysisFlag.DUPLICATE_ACK;
      out.duplicateAckNumber = fwd.duplicateAcks;
      out.duplicateAckFrame = fwd.lastNonDuplicateAck;
    }
  }

  if (ack !== fwd.lastAck) {
    fwd.lastNonDuplicateAck = frame;
    fwd.duplicateAcks = 0;
  }
  if (rev.maxSeqToBeAcked !== 0 && (bits & ACK) !== 0 && isAfter(ack, rev.maxSeqToBeAcked)) {
    // Said once for a gap, not for each acknowledgment behind it.
    if (rev.maxSeqToBeAcked !== rev.nextSeq) {
      flags |= AnalysisFlag.ACK_LOST_SEGMENT;
      rev.maxSeqToBeAcked = rev.nextSeq;
    } else {
      if (rev.duplicateAcks === 0) flags |= AnalysisFlag.ACK_LOST_SEGMENT;
      rev.duplicateAcks = MANY;
    }
  }

  const occupies = length > 0 || (bits & (SYN | FIN)) !== 0;
  if (occupies && (flags & AnalysisFlag.KEEP_ALIVE) === 0)
    flags |= judgeRepetition(out, stream, fwd, rev, seq, bits, length, time);

  let next = (seq + length) | 0;
  if (occupies && fwd.unacked.hasRoom) {
    if ((bits & (SYN | FIN)) !== 0) next = (next + 1) | 0;
    fwd.unacked.push(seq, next, time, frame);
  }
  const isProbe = (flags & AnalysisFlag.ZERO_WINDOW_PROBE) !== 0;
  if (!isProbe && (fwd.nextSeq === 0 || isAfter(next, fwd.nextSeq))) {
    fwd.nextSeq = next;
    fwd.nextSeqFrame = frame;
    fwd.nextSeqTime = time;
  }
  if (!isProbe && (fwd.maxSeqToBeAcked === 0 || seq === fwd.maxSeqToBeAcked)) fwd.maxSeqToBeAcked = fwd.nextSeq;

  fwd.window = window;
  fwd.isWindowPlain = (bits & SYN) !== 0;
  fwd.lastAck = ack;
  fwd.lastAckTime = time;
  fwd.lastFlags = flags;

  const { unacked } = rev;
  unacked.acknowledge(ack);
  if (unacked.ackedFrame !== 0) {
    out.acksFrame = unacked.ackedFrame;
    out.ackRtt = time - unacked.ackedTime;
  }
  if ((bits & ACK) !== 0) rev.isFlightKnown = true;

  if (length > 0) {
    if (fwd.isFlightKnown) {
      fwd.pushBytes += length;
      let flight = fwd.unacked.span(fwd.baseSeq) - ((bits & FIN) !== 0 ? 1 : 0);
      if (flight > 0) {
        for (let i = 0; i < rev.sackCount; i++) flight -= (rev.sack[2 * i + 1]! - rev.sack[2 * i]!) | 0;
        if (flight > 0 && flight < 2_000_000_000) {
          out.bytesInFlight = flight;
          out.pushBytesSent = fwd.pushBytes;
        }
      }
      if ((bits & PSH) !== 0) fwd.pushBytes = 0;
    }
  }
  out.flags = flags;
}

/** Which kind of repetition a segment is that occupies sequence numbers, if it is one. */
function judgeRepetition(
  out: TcpAnalysis,
  stream: TcpStream,
  fwd: TcpDirection,
  rev: TcpDirection,
  seq: number,
  bits: number,
  length: number,
  time: number,
): number {
  const stop = (seq + length) | 0;
  let isOld = fwd.nextSeq !== 0 && isAfter(fwd.nextSeq, seq);
  // One byte back and more than a byte long: the byte of a window probe, sent again with what follows it.
  if (length > 1 && ((fwd.nextSeq - 1) | 0) === seq) isOld = false;
  if (length > 0 && rev.lastAck !== 0 && !isAfter(stop, rev.lastAck)) return AnalysisFlag.SPURIOUS_RETRANSMISSION;
  if (!isOld) return 0;
  if (rev.duplicateAcks >= 2 && time - rev.lastAckTime < FAST_NS) {
    if (rev.lastAck === seq) return AnalysisFlag.FAST_RETRANSMISSION;
  }
  const limit = stream.initialRtt > 0 ? stream.initialRtt : REORDERING_NS;
  const behind = (stop + ((bits & (SYN | FIN)) !== 0 ? 1 : 0)) | 0;
  if (time - fwd.nextSeqTime < limit && fwd.nextSeq !== behind) return AnalysisFlag.OUT_OF_ORDER;
  const { unacked } = fwd;
  out.rtoFrame = unacked.size === 0 ? fwd.nextSeqFrame : unacked.eldestFrame;
  out.rto = time - (unacked.size === 0 ? fwd.nextSeqTime : unacked.eldestTime);
  return AnalysisFlag.RETRANSMISSION;
}

/** Window scale and SACK ranges, straight from the bytes. */
function readOptions(fwd: TcpDirection, view: DataView, at: number, end: number, bits: number): void {
  fwd.sackCount = 0;
  for (let i = at; i < end; ) {
    const kind = view.getUint8(i);
    if (kind === TcpOptionKind.NOP) {
      i++;
      continue;
    }
    if (kind === TcpOptionKind.EOL || i + 1 >= end) return;
    const size = view.getUint8(i + 1);
    if (size < 2 || i + size > end) return;
    if (kind === TcpOptionKind.WSCALE && size === 3 && (bits & SYN) !== 0) {
      // 14 at the most, RFC 7323 section 2.3.
      fwd.windowScale = Math.min(view.getUint8(i + 2), 14);
    } else if (kind === TcpOptionKind.SACK) {
      const count = Math.min(4, (size - 2) >> 3);
      for (let k = 0; k < 2 * count; k++) fwd.sack[k] = view.getInt32(i + 2 + 4 * k);
      fwd.sackCount = count;
    }
    i += size;
  }
}
