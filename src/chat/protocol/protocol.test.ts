import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { RawPeer } from '../../testing/chat-peer.js';
import { repository } from '../../testing/peer.js';
import { ChatServer } from '../server/server.js';

const document = readFileSync(`${repository}/docs/protocol_definition.md`, 'utf8');
const blocks = [...document.matchAll(/^```(line|classic)\n(.*?)^```$/gms)];

test('the protocol definition has conversations in both dialects', () => {
  assert.ok(blocks.filter(([, kind]) => kind === 'line').length >= 5);
  assert.ok(blocks.filter(([, kind]) => kind === 'classic').length >= 2);
});

for (const [whole, kind, body] of blocks) {
  const line = document.slice(0, document.indexOf(whole)).split('\n').length;
  test(`the ${kind} conversation at line ${line} of the protocol definition is what the server says`, async () => {
    const server = new ChatServer();
    const { port } = await server.listen({ port: 0 });
    try {
      await replay(port, kind === 'classic', body!.trim().split('\n'));
    } finally {
      await server.close();
    }
  });
}

async function replay(port: number, isClassic: boolean, steps: string[]): Promise<void> {
  const peers = new Map<string, RawPeer>();
  for (const step of steps) {
    const match = /^(\w+) (→|←) (.*)$/.exec(step);
    assert.ok(match, `cannot read ${step}`);
    const [, who, way, what] = match as unknown as [string, string, string, string];
    let peer = peers.get(who);
    if (peer === undefined) {
      peer = await RawPeer.connect(port);
      peers.set(who, peer);
    }
    if (way === '→' && what === '(closes)') {
      peer.close();
      await peer.closed();
    } else if (way === '→') peer.write(isClassic ? JSON.parse(what) : `${unescaped(what)}\n`);
    else if (what === '(closes)') assert.equal(await peer.closed(), '', step);
    else if (isClassic) {
      const expected: string = JSON.parse(what);
      assert.equal(await peer.bytes(Buffer.byteLength(expected)), expected, step);
    } else assert.equal(await peer.line(), what, step);
  }
  for (const [who, peer] of peers) {
    peer.close();
    const left = (await peer.closed()).replace(/^\* (join|leave) .*\n/gm, '');
    assert.equal(left, '', `${who} was sent more than the document says`);
  }
}

function unescaped(text: string): string {
  return text.replace(/\\u([0-9a-f]{4})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
