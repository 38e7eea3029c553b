import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesOf, toHex } from '../../bytes.js';
import { Random } from '../../random.js';
import { applicationPackets } from '../../testing/app-packets.js';
import { Fault } from '../core/fault.js';
import { build } from '../stack/build.js';
import { dissect, dissectView } from '../stack/dissect.js';
import type { Packet } from '../stack/packet.js';

const linkType = 101;

/** The packet dissected in the middle of a buffer whose other bytes are `around`. */
function within(bytes: Uint8Array, around: number): Packet {
  const buffer = new Uint8Array(bytes.length + 64).fill(around);
  buffer.set(bytes, 32);
  return dissectView(new DataView(buffer.buffer), 32, 32 + bytes.length, linkType);
}

/** All that can be read of a packet. */
function everything(packet: Packet): string {
  for (const layer of packet.layers) {
    if (layer instanceof Fault) continue;
    for (let type = Object.getPrototypeOf(layer); type !== null; type = Object.getPrototypeOf(type)) {
      for (const [name, { get }] of Object.entries(Object.getOwnPropertyDescriptors(type))) {
        if (get && name !== '__proto__') get.call(layer);
      }
    }
  }
  return JSON.stringify(packet) + packet.summary();
}

/** Reads it twice with other bytes around it: the same both times, or something outside was read. */
function readsInside(bytes: Uint8Array, what: string): void {
  const zeros = within(bytes, 0);
  assert.equal(everything(zeros), everything(within(bytes, 0xff)), what);
  for (const { nodes } of zeros.nodes()) {
    for (const node of nodes) {
      const end = node.at + Math.ceil((node.bit + node.bits) / 8);
      assert.ok(node.at >= 32 && end <= 32 + bytes.length, `${what}: ${node.label} at ${node.at} to ${end}`);
    }
  }
}

test('every application packet is built again from its parts, byte for byte', () => {
  for (const { bytes } of applicationPackets()) {
    const packet = dissect(bytes);
    assert.equal(toHex(build(...packet.parts()).bytes), toHex(bytes), packet.summary());
  }
});

test('every application packet is shown, listed as JSON and summed up in a line', () => {
  for (const { bytes } of applicationPackets()) {
    const packet = dissect(bytes);
    assert.ok(packet.show().length > 0);
    assert.doesNotMatch(packet.show(), /undefined|NaN|\[object/);
    assert.ok(packet.summary().length > 0);
    assert.doesNotThrow(() => JSON.stringify(packet));
  }
});

test('every truncation of every application packet is read to where it ends and no further', () => {
  for (const { bytes } of applicationPackets()) {
    for (let end = 28; end < bytes.length; end++) readsInside(bytes.slice(0, end), `${toHex(bytes)} cut to ${end}`);
  }
});

test('mutated application packets are read without an exception, inside their bytes, and built again or refused', () => {
  const budget = Number(process.env.WIREBOOK_FUZZ ?? 3000);
  const seed = Number(process.env.WIREBOOK_SEED ?? 20240501);
  const random = new Random(seed);
  const originals = applicationPackets().map(({ bytes }) => bytes);
  for (let i = 0; i < budget; i++) {
    const bytes = random.pick(originals).slice();
    // Behind IP and ports, so that the application layers get to see it.
    for (let k = random.below(4); k >= 0; k--)
      bytes[28 + random.below(bytes.length - 28)] = random.oneIn(3) ? 0xff : random.below(256);
    const what = `seed ${seed}, packet ${i}: ${toHex(bytes)}`;
    readsInside(bytes, what);
    const packet = dissect(bytes);
    try {
      const again = build(...packet.parts());
      if (packet.faults.length === 0) assert.equal(toHex(again.bytes), toHex(bytes), what);
    } catch (error) {
      assert.ok(error instanceof RangeError && packet.faults.length > 0, `${what}: ${String(error)}`);
    }
  }
});

test('random bytes on every application port give a packet', () => {
  const random = new Random(7);
  for (const [protocol, port] of [
    [17, 53],
    [17, 67],
    [17, 123],
    [17, 1900],
    [17, 5353],
    [17, 5355],
    [6, 53],
    [6, 80],
    [6, 443],
    [6, 9999],
  ] as const) {
    for (let i = 0; i < 60; i++) {
      const bytes = new Uint8Array(20 + (protocol === 6 ? 20 : 8) + i * 5);
      bytes.set(random.bytes(bytes.length - 28), 28);
      const view = new DataView(bytes.buffer);
      view.setUint8(0, 0x45);
      view.setUint16(2, bytes.length);
      view.setUint8(9, protocol);
      view.setUint16(22, port);
      if (protocol === 17) view.setUint16(24, bytes.length - 20);
      else view.setUint8(32, 0x50);
      readsInside(bytesOf(view), `protocol ${protocol}, port ${port}: ${toHex(bytes)}`);
    }
  }
});
