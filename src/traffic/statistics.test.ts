import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { corpus, without } from '../testing/peer.js';
import type { HierarchyNode } from './hierarchy.js';
import { Traffic } from './traffic.js';

/** Application layers and what reassembly adds below them are left out: tshark counts a reassembled message where it ends. */
const deepest = new Set(['tcp', 'udp', 'icmp', 'icmpv6', 'igmp', 'arp']);

function outline(node: HierarchyNode, depth = 0): string[] {
  const line = `${'  '.repeat(depth)}${node.protocol} frames:${node.frames} bytes:${node.bytes}`;
  if (deepest.has(node.protocol)) return [line];
  return [line, ...node.children.flatMap((child) => outline(child, depth + 1))];
}

for (const name of ['one_http_stream_fin.pcap', 'four_ipv6_http_streams.pcap', 'DnsPackets.pcap']) {
  test(`Endpoints and the hierarchy of ${name} are tshark's`, { skip: without('corpus', 'tshark') }, async () => {
    const path = join(corpus, 'protocols', name);
    const { stdout } = spawnSync(
      'tshark',
      ['-n', '-r', path, '-q', '-z', 'endpoints,tcp', '-z', 'endpoints,udp', '-z', 'io,phs'],
      {
        encoding: 'utf8',
      },
    );
    const traffic = await Traffic.read(path);
    const theirs = [...stdout.matchAll(/^(\S+) +(\d+) +(\d+) +(\d+) +(\d+) +(\d+) +(\d+) +(\d+) *$/gm)].map((match) =>
      match.slice(1).join(' '),
    );
    const ours = (['tcp', 'udp'] as const)
      .flatMap((kind) => traffic.endpoints(kind))
      .map((end) =>
        [
          end.address,
          end.port,
          end.packets,
          end.bytes,
          end.packetsSent,
          end.bytesSent,
          end.packetsReceived,
          end.bytesReceived,
        ].join(' '),
      );
    assert.ok(theirs.length > 0);
    assert.deepEqual(ours.sort(), theirs.sort());
    // To tshark, IP with no link header stands in a protocol of its own.
    const shift = /^raw +frames/m.test(stdout) ? 2 : 0;
    let skipBelow = Number.POSITIVE_INFINITY;
    const tree = [...stdout.matchAll(/^( *)([a-z0-9.-]+) +frames:(\d+) bytes:(\d+)$/gm)].flatMap(
      ([, indent, protocol, frames, bytes]) => {
        const depth = indent!.length;
        if (depth > skipBelow) return [];
        skipBelow = deepest.has(protocol!) ? depth : Number.POSITIVE_INFINITY;
        return protocol === 'raw' ? [] : [`${indent!.slice(shift)}${protocol} frames:${frames} bytes:${bytes}`];
      },
    );
    const [top] = [traffic.hierarchy()];
    const mine =
      top.protocol === '' || top.protocol === 'frame' ? top.children.flatMap((child) => outline(child)) : outline(top);
    assert.deepEqual(mine.sort(), tree.sort());
  });
}
