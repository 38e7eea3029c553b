import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { toHex } from '../bytes.js';
import { CaptureReader } from '../capture/index.js';
import { applicationPackets } from '../testing/app-packets.js';
import { corpus, without } from '../testing/peer.js';
import { type FrameValues, fieldValues, pcapOf, tsharkFields, withFile } from '../testing/tshark.js';
import { build } from './build.js';
import { dissect } from './dissect.js';
import { Dhcp, Dns, DnsOverTcp, Http, Ntp, type Packet, Tls } from './index.js';

const prefix = /^(dns|dhcp|http|tls|ntp)\./;

/** Every name of Wireshark's that the application layers have a value for: the packets made for this hold each field. */
const fields = [...new Set(applicationPackets().flatMap((packet) => [...fieldValues(packet).keys()]))]
  .filter((field) => prefix.test(field))
  .sort();

/** Asked for beside them, to know what tshark made of a frame. */
const hints = ['frame.protocols'];

/** Why a field of a frame is not compared; nothing where it is. */
function exception(packet: Packet, field: string): string | undefined {
  if (field.startsWith('dhcp.') && packet.originalLength > packet.length)
    return 'tshark reads no option of a message that the capture cut';
  if (field.startsWith('tls.') && packet.all(Tls).some(({ isCut }) => isCut))
    return 'tshark reads nothing of a record that goes on in another segment while reassembly is off';
  return undefined;
}

/** Compares every field of every frame; counts the equal ones and the exceptions by reason. */
function compare(what: string, packets: readonly Packet[], theirs: readonly FrameValues[]) {
  assert.equal(packets.length, theirs.length, `${what}: frames`);
  let equal = 0;
  const exceptions = new Map<string, number>();
  for (const [i, packet] of packets.entries()) {
    const ours = fieldValues(packet);
    for (const field of fields) {
      const mine = (ours.get(field) ?? []).join(' | ');
      const other = (theirs[i]!.get(field) ?? []).join(' | ');
      if (mine === other) {
        if (mine !== '') equal++;
        continue;
      }
      const reason = exception(packet, field);
      assert.ok(
        reason,
        `${what}, frame ${i + 1}, ${field}: ${JSON.stringify(mine)}, tshark has ${JSON.stringify(other)}`,
      );
      exceptions.set(reason, (exceptions.get(reason) ?? 0) + 1);
    }
  }
  return { equal, exceptions };
}

test('the packets made for tests hold at least 250 fields under Wireshark’s names', () => {
  assert.ok(fields.length >= 250, `${fields.length} fields`);
});

test('every field of the packets made for tests equals tshark’s', { skip: without('tshark') }, (t) => {
  const packets = applicationPackets().map(({ bytes }) => dissect(bytes));
  const file = pcapOf(
    101,
    packets.map(({ bytes }) => bytes),
  );
  const { equal, exceptions } = withFile(file, (name) =>
    compare('made', packets, tsharkFields(name, [...fields, ...hints])),
  );
  t.diagnostic(`${fields.length} fields, ${equal} values equal; ${JSON.stringify([...exceptions])}`);
  assert.ok(equal > 2000);
});

test('every field of the corpus’s application layers equals tshark’s', {
  skip: without('tshark', 'corpus'),
}, async (t) => {
  const seen = new Set<string>();
  const reasons = new Map<string, number>();
  let equal = 0;
  for (const folder of ['protocols', 'pcapng-generator']) {
    for (const name of readdirSync(join(corpus, folder)).sort()) {
      const file = join(corpus, folder, name);
      const packets = await packetsOf(file);
      const applications = packets.filter(hasApplication);
      // Many files hold the same packets in other blocks: once is enough for the values.
      const key = applications.map(({ bytes }) => toHex(bytes)).join();
      if (applications.length === 0 || seen.has(key)) continue;
      seen.add(key);
      const rows = tsharkFields(file, [...fields, ...hints]);
      // Blocks of other kinds than packets are frames to tshark.
      const frames = rows.filter((row) => !isBlock(row));
      const result = compare(name, packets, frames.length === packets.length ? frames : rows);
      equal += result.equal;
      for (const [reason, count] of result.exceptions) reasons.set(reason, (reasons.get(reason) ?? 0) + count);
    }
  }
  t.diagnostic(`${seen.size} files, ${equal} values equal; ${JSON.stringify([...reasons])}`);
  assert.ok(equal > 10_000, `${equal} values`);
});

test('every application packet of the corpus is built again from its parts, byte for byte', {
  skip: without('corpus'),
}, async () => {
  let count = 0;
  for (const folder of ['protocols', 'pcapng-generator']) {
    for (const name of readdirSync(join(corpus, folder)).sort()) {
      for (const packet of (await packetsOf(join(corpus, folder, name))).filter(hasApplication)) {
        if (packet.faults.length > 0) continue;
        count++;
        assert.equal(toHex(build(...packet.parts()).bytes), toHex(packet.bytes), `${name}: ${packet.summary()}`);
      }
    }
  }
  assert.ok(count > 500, `${count} packets`);
});

function isBlock(row: FrameValues): boolean {
  return row.get('frame.protocols')?.[0] === 'data';
}

function hasApplication(packet: Packet): boolean {
  return [Dns, DnsOverTcp, Dhcp, Http, Tls, Ntp].some((type) => packet.get<Dns>(type as never) !== undefined);
}

async function packetsOf(file: string): Promise<Packet[]> {
  const packets: Packet[] = [];
  try {
    for await (const frame of await CaptureReader.open(file)) packets.push(dissect(frame).copy());
  } catch {
    // What a damaged file holds before its damage was read.
  }
  return packets;
}
