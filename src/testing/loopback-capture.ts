/**
 * A capture of this process's own traffic on the loopback interface, made by tcpdump.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import type { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';

const text = 'a datagram';
const echoed = 'over and back';

/** Writes a conversation over TCP and datagrams, IPv4 and IPv6, to a file; nothing but packets of its own ports. */
export async function captureLoopback(file: string): Promise<void> {
  const server = createServer((socket) => socket.pipe(socket));
  const receivers = [createSocket('udp4'), createSocket('udp6')];
  server.listen(0, '::');
  receivers[0]!.bind(0, '127.0.0.1');
  receivers[1]!.bind(0, '::1');
  await Promise.all([once(server, 'listening'), ...receivers.map((socket) => once(socket, 'listening'))]);
  const tcpPort = (server.address() as AddressInfo).port;
  const udpPorts = receivers.map((socket) => socket.address().port);
  const filter = [`tcp port ${tcpPort}`, ...udpPorts.map((port) => `udp port ${port}`)].join(' or ');
  const tcpdump = spawn('tcpdump', ['-i', 'lo', '-n', '-U', '--immediate-mode', '-w', file, filter], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(tcpdump, 'close');
  try {
    await listening(tcpdump.stderr);
    // Said again until it is in the file: a busy machine may let tcpdump miss what comes first.
    for (let i = 0; i < 20; i++) {
      for (const host of ['127.0.0.1', '::1']) await echo(host, tcpPort);
      await Promise.all([
        datagram(receivers[0]!, 'udp4', udpPorts[0]!, '127.0.0.1'),
        datagram(receivers[1]!, 'udp6', udpPorts[1]!, '::1'),
      ]);
      if (await isWritten(file)) return;
    }
    throw new Error(`Cannot capture on the loopback interface: ${(await readFile(file)).length} bytes in the file`);
  } finally {
    server.close();
    for (const socket of receivers) socket.close();
    tcpdump.kill('SIGINT');
    await ended;
  }
}

/** Until tcpdump says that it captures. What it says afterwards is read and dropped. */
async function listening(messages: Readable): Promise<void> {
  let said = '';
  await new Promise<void>((resolve, reject) => {
    messages.on('data', (chunk: Buffer) => {
      said += chunk;
      if (said.includes('listening on')) resolve();
    });
    messages.on('end', () => reject(new Error(`Cannot capture on the loopback interface: ${said}`)));
  });
}

/** Whether the file gets both datagrams, which were sent last, within half a second. */
async function isWritten(file: string): Promise<boolean> {
  for (let i = 0; i < 25; i++) {
    const capture = await readFile(file, 'latin1');
    if (capture.split(text).length > 2 && capture.includes(echoed)) return true;
    await setTimeout(20);
  }
  return false;
}

async function echo(host: string, port: number): Promise<void> {
  const socket = connect(port, host);
  await once(socket, 'connect');
  socket.write(echoed);
  await once(socket, 'data');
  socket.end();
  await once(socket, 'close');
}

async function datagram(receiver: Socket, type: 'udp4' | 'udp6', port: number, host: string): Promise<void> {
  const sender = createSocket(type);
  const received = once(receiver, 'message');
  sender.send(text, port, host);
  await received;
  sender.close();
}
