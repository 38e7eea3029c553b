import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { without } from '../testing/peer.js';
import { build, dissect, ipv4, Tcp, tcp, udp } from '../wire/index.js';
import { now, until } from './clock.js';
import { refusal } from './permission.js';
import { sendOnTime } from './schedule.js';
import { Sender } from './sender.js';
import { Sniffer } from './sniffer.js';

// Segments with RST set are answered by nobody, so that a test sees its own packets only.
const lab = { srcPort: 47_011, dstPort: 47_012, flags: 'RST' };
const options = { addresses: ['127.0.0.1'], ports: [lab.srcPort, lab.dstPort] };

test('Sniffer.open() refuses to listen without addresses and ports', () => {
  assert.throws(() => Sniffer.open({ addresses: [], ports: [80] }), /without addresses and ports/);
  assert.throws(() => Sniffer.open({ addresses: ['127.0.0.1'], ports: [] }), /without addresses and ports/);
  assert.throws(() => Sniffer.open({ addresses: ['localhost'], ports: [80] }), /Cannot read IPv4 address "localhost"/);
  assert.throws(() => Sniffer.open({ addresses: ['127.0.0.1'], ports: [0] }), /Cannot sniff port 0/);
});

test('A process without CAP_NET_RAW gets one typed error that says what to do', { skip: without('root') }, () => {
  const script = `
    import { refusal, Sender } from 'wirebook/raw';
    console.log(refusal().code);
    try { Sender.open(); } catch (error) { console.log(error.name, error.code, error.message); }`;
  const { stdout, stderr } = spawnSync(
    'setpriv',
    ['--bounding-set=-net_raw', process.execPath, '--input-type=module', '--eval', script],
    { cwd: fileURLToPath(new URL('../..', import.meta.url)), encoding: 'utf8' },
  );
  assert.match(
    stdout,
    /^NO_PERMISSION\nRawSocketError NO_PERMISSION Cannot open a raw socket: .*CAP_NET_RAW.*sudo.*setcap cap_net_raw\+ep/,
    stderr,
  );
});

test('until() wakes after its moment and not before', async () => {
  for (const wait of [0n, 30_000n, 1_000_000n, 9_000_000n]) {
    const moment = now() + wait;
    await until(moment);
    assert.ok(now() >= moment);
  }
});

test('until() ends with the reason of a signal', async () => {
  await assert.rejects(until(now() + 60_000_000_000n, AbortSignal.timeout(5)), { name: 'TimeoutError' });
});

test('refusal() is nothing where raw sockets work', { skip: without('raw') }, () => {
  assert.equal(refusal(), undefined);
});

test('Sender and Sniffer carry packets over loopback unchanged, each in memory of its own', {
  skip: without('raw'),
}, async () => {
  using sniffer = Sniffer.open(options);
  using sender = Sender.open();
  const sent = Array.from({ length: 50 }, (_, i) => build(ipv4({ id: i + 1 }), tcp({ ...lab, seq: i }), `packet ${i}`));
  for (const packet of sent) await sender.send(packet);
  await sniffer.settle();
  assert.deepEqual(
    sniffer.packets.map(({ bytes }) => Buffer.from(bytes).toString('hex')),
    sent.map(({ bytes }) => Buffer.from(bytes).toString('hex')),
  );
  const stamps = sniffer.packets.map(({ timestamp }) => timestamp);
  assert.deepEqual(stamps, [...stamps].sort());
});

test('Sniffer keeps the lab’s datagrams as it keeps its segments, and no others', {
  skip: without('raw'),
}, async () => {
  using sniffer = Sniffer.open(options);
  using sender = Sender.open();
  const { srcPort, dstPort } = lab;
  const sent = [udp({ srcPort, dstPort }), tcp(lab), udp({ srcPort: dstPort, dstPort: srcPort })].map((transport, i) =>
    build(ipv4({ id: i + 1 }), transport, 'x'),
  );
  await sender.send(build(ipv4(), udp({ srcPort, dstPort: 47_013 }), 'x'));
  for (const packet of sent) await sender.send(packet);
  await sniffer.settle();
  const hex = (packets: readonly { bytes: Uint8Array }[]) =>
    packets.map(({ bytes }) => Buffer.from(bytes).toString('hex')).sort();
  assert.deepEqual(hex(sniffer.packets), hex(sent));
});

test('Sender.sendAll() keeps order and loses nothing, from a generator that reuses its memory', {
  skip: without('raw'),
}, async () => {
  using sniffer = Sniffer.open({ ...options, limit: 2 ** 30 });
  using sender = Sender.open({ window: 64 });
  const packet = build(ipv4(), tcp(lab), 'x');
  const count = 2000;
  function* packets() {
    for (let seq = 0; seq < count; seq++) {
      packet.get(Tcp)!.seq = seq;
      yield packet.seal();
    }
  }
  assert.equal(await sender.sendAll(packets()), count);
  assert.equal(sender.sent, count);
  await sniffer.settle();
  assert.deepEqual(
    sniffer.packets.map(({ bytes }) => dissect(bytes).get(Tcp)?.seq),
    Array.from({ length: count }, (_, i) => i),
  );
});

test('A sender that only its own work refers to is not collected as garbage', { skip: without('raw') }, () => {
  const script = `
    import { Sender } from 'wirebook/raw';
    import { build, ipv4, tcp } from 'wirebook/wire';
    const packet = build(ipv4(), tcp(${JSON.stringify(lab)}));
    async function send() {
      const sender = Sender.open();
      try { return await sender.sendAll(Array.from({ length: 3000 }, () => packet)); }
      finally { sender.close(); }
    }
    const collect = (times) => times > 0 && setImmediate(() => { gc(); collect(times - 1); });
    const sending = send();
    collect(5);
    const sent = await sending;
    console.log(sent);`;
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ['--expose-gc', '--input-type=module', '--eval', script],
    { cwd: fileURLToPath(new URL('../..', import.meta.url)), encoding: 'utf8', timeout: 20_000 },
  );
  assert.equal(stdout, '3000\n', `${stderr} status ${status}`);
});

test('Sniffer drops and counts what is not the lab’s, and what is beyond its limit', {
  skip: without('raw'),
}, async () => {
  using sniffer = Sniffer.open({ ...options, limit: 100 });
  using sender = Sender.open();
  for (const segment of [
    tcp({ ...lab, dstPort: 47_013 }),
    tcp({ ...lab, srcPort: 47_013 }),
    tcp(lab),
    tcp(lab),
    tcp(lab),
  ]) {
    await sender.send(build(ipv4(), segment));
  }
  await sender.send(build(ipv4({ src: '127.0.0.2' }), tcp(lab)));
  await sniffer.settle();
  assert.equal(sniffer.packets.length, 2);
  assert.equal(sniffer.dropped.overflow, 1);
  assert.ok(sniffer.dropped.foreign >= 3);
});

test('Sniffer.settle() waits for a packet that left just before, however long it was quiet before that', {
  skip: without('raw'),
}, async () => {
  using sniffer = Sniffer.open(options);
  using sender = Sender.open();
  await sender.send(build(ipv4(), tcp(lab)));
  await sniffer.settle();
  await new Promise((resolve) => setTimeout(resolve, 80));
  await sender.send(build(ipv4(), tcp(lab)));
  await sniffer.settle();
  assert.equal(sniffer.packets.length, 2);
});

test('Sniffer keeps a burst that comes while this process is busy, and counts what the kernel loses', {
  skip: without('raw'),
}, async () => {
  using sniffer = Sniffer.open(options);
  assert.equal(sniffer.dropped.kernel, process.platform === 'linux' ? 0 : undefined);
  // 1,000 packets of 1 KiB are five times what a socket's queue usually holds.
  const script = `
    import { build, ipv4, tcp } from 'wirebook/wire';
    import { Sender } from 'wirebook/raw';
    const sender = Sender.open();
    const packet = build(ipv4(), tcp(${JSON.stringify(lab)}), new Uint8Array(1024));
    await sender.sendAll(Array.from({ length: 1000 }, () => packet));
    sender.close();`;
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  await sniffer.settle();
  assert.equal(sniffer.packets.length + (sniffer.dropped.kernel ?? 0), 1000);
  if (process.getuid?.() === 0) assert.equal(sniffer.packets.length, 1000);
});

test('Sniffer iterates over packets as they come and ends when closed', { skip: without('raw') }, async () => {
  const sniffer = Sniffer.open({ ...options, ports: [lab.dstPort], match: 'either' });
  using sender = Sender.open();
  const seen: number[] = [];
  const reading = (async () => {
    for await (const { bytes } of sniffer) {
      seen.push(dissect(bytes).get(Tcp)!.seq);
      if (seen.length === 3) sniffer.close();
    }
  })();
  for (let seq = 1; seq <= 3; seq++) await sender.send(build(ipv4(), tcp({ ...lab, seq })));
  await reading;
  assert.deepEqual(seen, [1, 2, 3]);
});

test('Sender refuses what is no IPv4 packet, and anything once closed', { skip: without('raw') }, async () => {
  const sender = Sender.open();
  await assert.rejects(sender.send(Uint8Array.of(0x60)), /an IPv4 packet with its header needed/);
  const waiting = sender.send(build(ipv4(), tcp(lab)));
  sender.close();
  await assert.rejects(waiting, { code: 'IO', message: /the sender is closed/ });
  await assert.rejects(sender.send(build(ipv4(), tcp(lab))), { code: 'IO', message: /the sender is closed/ });
  await assert.rejects(sender.sendAll([build(ipv4(), tcp(lab))]), { code: 'IO', message: /the sender is closed/ });
});

test('sendOnTime() sends in order, none before its time, and tells when', { skip: without('raw') }, async () => {
  const plan = [0n, 3_000_000n, 3_000_000n, 12_000_000n].map((at, i) => ({
    at,
    packet: build(ipv4(), tcp({ ...lab, seq: i })),
  }));
  const told: bigint[] = [];
  const { startedAt, sent } = await sendOnTime(plan, { onSent: ({ sentAt }) => told.push(sentAt) });
  assert.deepEqual(
    told,
    sent.map(({ sentAt }) => sentAt),
  );
  for (const { at, sentAt } of sent) assert.ok(sentAt >= startedAt + at);
});
