// Captures to measure with, the same in every run.
import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { CaptureWriter } from 'wirebook/capture';
import { random } from './harness.js';

/** Packets of the large sample, as many as in the notes' figures. */
export const packets = 463_100;

const start = 1_700_000_000_000_000_000n;

/** An Ethernet, IPv4 and TCP packet of `size` bytes from a random port to port 80. */
export function fill(packet: Buffer, size: number, number: number): Buffer {
  const bytes = packet.subarray(0, size);
  bytes.fill(0, 0, 54);
  bytes.write('0200000000020200000000010800', 'hex');
  bytes[14] = 0x45;
  bytes.writeUInt16BE(size - 14, 16);
  bytes.writeUInt16BE(number & 0xffff, 18);
  bytes[22] = 64;
  bytes[23] = 6;
  bytes.writeUInt32BE(0x0a000001, 26);
  bytes.writeUInt32BE(0x0a000002, 30);
  let sum = 0;
  for (let i = 14; i < 34; i += 2) sum += bytes.readUInt16BE(i);
  bytes.writeUInt16BE(~((sum & 0xffff) + (sum >>> 16)) & 0xffff, 24);
  bytes.writeUInt16BE(1024 + (number % 60_000), 34);
  bytes.writeUInt16BE(80, 36);
  bytes.writeUInt32BE(number >>> 0, 38);
  bytes[46] = 0x50;
  bytes[47] = 0x10;
  bytes.writeUInt16BE(0xffff, 48);
  return bytes;
}

/** Writes `count` packets of 54 to 1,534 bytes, in microseconds, as most captures have them. */
export async function writeSample(path: string, count: number): Promise<void> {
  const resolution = { base: 10, exponent: 6 } as const;
  const writer = CaptureWriter.create(path, { interfaces: [{ resolution, snapLength: 262_144 }] });
  const next = random(1);
  const packet = Buffer.alloc(1534);
  for (let i = 0; i < packet.length; i++) packet[i] = next() >>> 24;
  for (let i = 0; i < count; i++) {
    const bytes = fill(packet, 54 + ((next() >>> 8) % 1481), next() >>> 4);
    const slow = writer.write({ timestamp: start + BigInt(i) * 1000n, bytes });
    if (slow) await slow;
  }
  await writer.close();
}

/** A pcap file of `size` bytes with packets of 256 KiB, whose bytes are holes: it takes hardly any room on the disk. */
export function writeHollow(path: string, size: number): void {
  const file = openSync(path, 'w');
  const header = Buffer.from('d4c3b2a1020004000000000000000000000004000100000000', 'hex').subarray(0, 24);
  writeSync(file, header, 0, 24, 0);
  const record = Buffer.alloc(16);
  const length = 256 * 1024;
  record.writeUInt32LE(length, 8);
  record.writeUInt32LE(length, 12);
  let at = 24;
  for (; at < size; at += 16 + length) writeSync(file, record, 0, 16, at);
  ftruncateSync(file, at);
  closeSync(file);
}
