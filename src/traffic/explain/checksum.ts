/**
 * The rules about checksums.
 *
 * @module
 */
import { Tcp } from '../../wire/index.js';
import type { TcpStream } from '../tcp-stream.js';
import type { Traffic, TrafficPacket } from '../traffic.js';
import { type FindingInit, list } from './finding.js';
import { staysHere } from './loopback.js';

export function checksumFindings({ packets }: Traffic): FindingInit[] {
  const acknowledged = highestAcknowledgments(packets);
  let right = 0;
  const local: number[] = [];
  const sent: number[] = [];
  const others: number[] = [];
  for (const entry of packets) {
    const { packet, number } = entry;
    const judged = packet.nodes().flatMap(({ nodes }) => nodes.filter(({ intact }) => intact !== undefined));
    right += judged.filter(({ intact }) => intact === true).length;
    if (!judged.some(({ intact }) => intact === false)) continue;
    if (staysHere(packet) === true) local.push(number);
    else if (isAcknowledged(entry, acknowledged)) sent.push(number);
    else others.push(number);
  }
  const findings = [
    wrong(
      local,
      'These packets go from a machine to itself. A kernel that sends by its own sockets leaves the checksum to the network card, and on loopback there is none, so it is never filled in and never looked at. The packets are not damaged by that.',
    ),
    wrong(
      sent,
      'The other side acknowledged these data, so they were not dropped: they were captured where they were sent, before the network card filled the checksum in (offloading).',
    ),
    wrong(
      others,
      'Either the bytes were changed, or the packets were captured where they were sent, before the network card filled the checksum in (offloading). A receiver would drop them if they arrived like this.',
    ),
  ].flat();
  if (findings.length > 0) return findings;
  if (right === 0) return [];
  return [
    {
      rule: 'checksums',
      packets: [],
      sentence: `All ${right} checksums of IP, TCP and UDP that can be computed here are right.`,
      why: 'Where Wireshark says “[unverified]” it has not looked: by default it does not validate TCP and UDP checksums. That says nothing about offloading.',
    },
  ];
}

function wrong(numbers: readonly number[], why: string): FindingInit[] {
  if (numbers.length === 0) return [];
  const [has, its] = numbers.length === 1 ? ['has a checksum that does', 'its'] : ['have checksums that do', 'their'];
  return [
    { rule: 'wrong-checksums', packets: numbers, sentence: `${list(numbers)} ${has} not fit ${its} bytes.`, why },
  ];
}

/** Whether the other side acknowledges a segment's data. */
function isAcknowledged(entry: TrafficPacket, acknowledged: Acknowledged): boolean {
  const tcp = entry.packet.get(Tcp);
  const length = entry.analysis?.length ?? 0;
  if (tcp === undefined || entry.tcp === undefined || length <= 0) return false;
  const ack = acknowledged.get(entry.tcp)?.[Number(!entry.isReverse)];
  return ack !== undefined && ((ack - (tcp.seq + length)) | 0) >= 0;
}

/** The highest number that each side of a stream acknowledges, `a` first. */
type Acknowledged = ReadonlyMap<TcpStream, readonly (number | undefined)[]>;

function highestAcknowledgments(packets: readonly TrafficPacket[]): Acknowledged {
  const acknowledged = new Map<TcpStream, (number | undefined)[]>();
  for (const { tcp: stream, packet, isReverse } of packets) {
    const tcp = stream && packet.get(Tcp);
    if (!tcp?.has('ACK')) continue;
    const sides = acknowledged.get(stream!) ?? [undefined, undefined];
    acknowledged.set(stream!, sides);
    const known = sides[Number(isReverse)];
    if (known === undefined || ((tcp.ack - known) | 0) > 0) sides[Number(isReverse)] = tcp.ack;
  }
  return acknowledged;
}
