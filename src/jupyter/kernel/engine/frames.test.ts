import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { FrameReader, SECRET_BYTES, sealer } from './frames.js';

function reader(secret: Uint8Array): { frames: FrameReader; taken: string[]; refused: () => number } {
  const taken: string[] = [];
  let count = 0;
  const frames = new FrameReader(
    secret,
    (json) => taken.push(json),
    () => {
      count += 1;
    },
  );
  return { frames, taken, refused: () => count };
}

test('Frames cut at every point are taken whole and in order', () => {
  const secret = randomBytes(SECRET_BYTES);
  const texts = ['{}', '{"text":"µ 😀"}', '""', '{"a":[1,2,3]}'];
  const seal = sealer(secret);
  const bytes = Buffer.concat(texts.map(seal));
  for (let at = 0; at <= bytes.length; at++) {
    const { frames, taken, refused } = reader(secret);
    frames.add(bytes.subarray(0, at));
    frames.add(bytes.subarray(at));
    assert.deepEqual(taken, texts);
    assert.equal(refused(), 0);
  }
});

test('A frame with another secret, a repeated one and plain JSON are refused once, and nothing after them is taken', () => {
  const secret = randomBytes(SECRET_BYTES);
  const genuine = Buffer.from(sealer(secret)('{"type":"done"}'));
  const forgeries = [
    sealer(randomBytes(SECRET_BYTES))('{"type":"done"}'),
    genuine, // its number has been used
    Buffer.from(`${JSON.stringify({ type: 'done', id: 1, outcome: {} })}\n`),
  ];
  for (const forgery of forgeries) {
    const { frames, taken, refused } = reader(secret);
    frames.add(genuine);
    frames.add(Buffer.from(forgery));
    frames.add(genuine);
    assert.equal(taken.length, 1);
    assert.equal(refused(), 1);
  }
});
