/**
 * The rules about what the packets begin with.
 *
 * @module
 */
import { LinkType } from '../../wire/index.js';
import type { Traffic } from '../traffic.js';
import type { FindingInit } from './finding.js';
import { staysHere } from './loopback.js';

const linkNames: { readonly [linkType: number]: string } = {
  [LinkType.NULL]: 'a loopback header of 4 bytes (link type NULL)',
  [LinkType.LOOP]: 'a loopback header of 4 bytes (link type LOOP)',
  [LinkType.RAW]: 'the IP header itself (link type RAW)',
  [LinkType.IPV4]: 'the IP header itself (link type IPV4)',
  [LinkType.IPV6]: 'the IP header itself (link type IPV6)',
};

export function linkFindings({ packets }: Traffic): FindingInit[] {
  const [first] = packets;
  const name = first === undefined ? undefined : linkNames[first.frame.linkType];
  if (first === undefined || name === undefined) return [];
  if (packets.some(({ frame }) => frame.linkType !== first.frame.linkType)) return [];
  return [
    {
      rule: 'no-ethernet',
      packets: [first.number],
      sentence: `Every packet begins with ${name}: there is no Ethernet header.`,
      why: packets.every(({ packet }) => staysHere(packet) !== false)
        ? 'Traffic of a machine with itself never reaches a network card, so nothing frames it for a wire and there are no MAC addresses.'
        : 'The packets were captured, or written, above the link layer: what framed them on the wire, if anything did, is not there.',
    },
  ];
}
