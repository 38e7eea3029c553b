import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import ts from 'typescript';
import { productFiles, sourceFolder } from './testing/imports.js';

/** Called once a packet or oftener, where an object for the arguments costs some hundredths of the time (`bench/parameters.ts`). */
const perPacket = [
  'capture/frame.ts constructor',
  'capture/pcap-encoder.ts writeRecord',
  'capture/pcapng-encoder.ts writeEnhanced',
  'capture/pcapng-encoder.ts #writeEnhanced',
  'capture/pcapng.ts #setPacket',
  'traffic/flow-table.ts constructor',
  'traffic/flow-table.ts lookup',
  'traffic/tcp-analysis.ts analyzeSegment',
  'traffic/tcp-analysis.ts setBases',
  'traffic/tcp-analysis.ts judge',
  'traffic/tcp-analysis.ts judgeRepetition',
  'traffic/tcp-analysis.ts readOptions',
  'traffic/udp-stream.ts add',
  'wire/stack/assemble.ts write',
  'wire/stack/dissect.ts dissectView',
  'wire/stack/packet.ts constructor',
  'wire/stack/walk.ts begin',
];

/** Signatures of others: the raw-socket add-on's, Node's, the TypeScript compiler's. */
const ofOthers = [
  'raw/addon.ts send',
  'jupyter/kernel/engine/converter.ts ',
  'jupyter/kernel/engine/primordials.ts ',
  'jupyter/kernel/engine/shorthand.ts emit',
  'jupyter/kernel/engine/shorthand.ts ',
];

const most = 4;

/** Functions with more positional parameters, by file and name. */
function crowded(file: string, text: string = readFileSync(join(sourceFolder, file), 'utf8')): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && node.parameters.length > most) {
      const isNamed = node.name !== undefined && (ts.isIdentifier(node.name) || ts.isPrivateIdentifier(node.name));
      found.push(`${file} ${ts.isConstructorDeclaration(node) ? 'constructor' : isNamed ? node.name.text : ''}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true));
  return found;
}

test('No function has more than four positional parameters but those called for each packet and those that others demand', () => {
  assert.deepEqual(
    productFiles()
      .flatMap((file) => crowded(file))
      .sort(),
    [...perPacket, ...ofOthers].sort(),
  );
});

test('A function with five parameters is seen, whatever its kind', () => {
  for (const text of [
    'function f(a, b, c, d, e) {}',
    'const f = (a, b, c, d, e) => a;',
    'class A { constructor(a, b, c, d, e) {} }',
    'class A { #f(a, b, c, d, ...e) {} }',
    'type F = (a: 1, b: 2, c: 3, d: 4, e: 5) => void;',
  ])
    assert.equal(crowded('a.ts', text).length, 1, text);
  assert.deepEqual(crowded('a.ts', 'function f(a, b, c, { d, e }) {}'), []);
});
