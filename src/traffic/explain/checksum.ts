/**
 * The rules about checksums.
 *
 * @module
 */
import type { Traffic } from '../traffic.js';
import { type Finding, list } from './finding.js';
import { staysHere } from './loopback.js';

export function checksumFindings({ packets }: Traffic): Finding[] {
  let right = 0;
  let isLocal = true;
  const wrong: number[] = [];
  for (const { packet, number } of packets) {
    const judged = packet.nodes().flatMap(({ nodes }) => nodes.filter(({ intact }) => intact !== undefined));
    if (judged.some(({ intact }) => intact === false)) {
      wrong.push(number);
      isLocal &&= staysHere(packet) === true;
    }
    right += judged.filter(({ intact }) => intact === true).length;
  }
  if (wrong.length > 0) {
    return [
      {
        rule: 'wrong-checksums',
        packets: wrong,
        sentence: `${list(wrong)} ${wrong.length === 1 ? 'has a checksum that does' : 'have checksums that do'} not fit ${wrong.length === 1 ? 'its' : 'their'} bytes.`,
        why: isLocal
          ? 'These packets go from a machine to itself. A kernel that sends by its own sockets leaves the checksum to the network card, and on loopback there is none, so it is never filled in and never looked at. The packets are not damaged by that.'
          : 'Either the bytes were changed, or the packets were captured where they were sent, before the network card filled the checksum in (offloading). A receiver would drop them if they arrived like this.',
      },
    ];
  }
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
