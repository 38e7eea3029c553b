/**
 * The connection file: where a kernel's five sockets are and with which key its messages are signed.
 * https://jupyter-client.readthedocs.io/en/stable/kernels.html#connection-files
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NotebookError } from '../../errors.js';

/** The sockets of a kernel. */
export type Channel = 'shell' | 'iopub' | 'stdin' | 'control' | 'hb';

const CHANNELS: readonly Channel[] = ['shell', 'iopub', 'stdin', 'control', 'hb'];

/** What a connection file holds. With `ipc`, `ip` is the start of a path and a port its ending. */
export interface ConnectionInfo {
  transport: 'tcp' | 'ipc';
  ip: string;
  shell_port: number;
  iopub_port: number;
  stdin_port: number;
  control_port: number;
  hb_port: number;
  key: string;
  signature_scheme: string;
  kernel_name?: string;
}

/** The ZeroMQ address of one of a kernel's sockets. */
export function endpoint(info: ConnectionInfo, channel: Channel): string {
  const port = info[`${channel}_port`];
  return info.transport === 'ipc' ? `ipc://${info.ip}-${port}` : `tcp://${info.ip}:${port}`;
}

/**
 * Reads a connection file.
 *
 * @throws NotebookError `NO_FILE`, or `NO_KERNEL` when it lacks what a kernel needs
 */
export async function readConnection(path: string): Promise<ConnectionInfo> {
  const text = await readFile(path, 'utf8').catch((cause) => {
    throw new NotebookError('NO_FILE', `Cannot read connection file ${path}: ${cause.message}`, { cause });
  });
  let info: Partial<ConnectionInfo>;
  try {
    info = JSON.parse(text) as Partial<ConnectionInfo>;
  } catch (cause) {
    throw new NotebookError('NO_KERNEL', `Cannot use connection file ${path}: it is not JSON`, { cause });
  }
  const { transport, ip, key, signature_scheme: scheme } = info;
  const missing = CHANNELS.map((channel) => `${channel}_port` as const).filter((k) => !Number.isInteger(info[k]));
  if (typeof ip !== 'string') missing.push('ip' as never);
  if (typeof key !== 'string') missing.push('key' as never);
  if (missing.length > 0) {
    throw new NotebookError('NO_KERNEL', `Cannot use connection file ${path}: ${missing.join(', ')} missing`);
  }
  if (transport !== 'tcp' && transport !== 'ipc') {
    throw new NotebookError(
      'NO_KERNEL',
      `Cannot use connection file ${path}: transport is ${transport}, tcp or ipc needed`,
    );
  }
  if (key !== '' && scheme !== 'hmac-sha256') {
    throw new NotebookError(
      'NO_KERNEL',
      `Cannot use connection file ${path}: signature_scheme is ${scheme}, hmac-sha256 needed`,
    );
  }
  return info as ConnectionInfo;
}

/** Where folders of our own making are. */
const OWN_PREFIX = join(tmpdir(), 'wirebook-kernel-');

/** Whether a connection file lies in a folder that `createConnection` made, for it alone. */
export function isOwnConnection(path: string): boolean {
  return path.startsWith(OWN_PREFIX);
}

/** A connection file of our own making, in a folder only its owner can enter. */
export interface Connection {
  readonly info: ConnectionInfo;
  readonly path: string;
  /** Removes the folder and what is in it. */
  remove(): Promise<void>;
}

/**
 * Makes a connection file for a kernel to start with.
 *
 * @param transport `ipc` has no ports that another program could take in the meantime, but not every kernel knows it
 */
export async function createConnection(transport: 'tcp' | 'ipc', kernelName: string): Promise<Connection> {
  const folder = await mkdtemp(OWN_PREFIX);
  const ports = transport === 'ipc' ? [1, 2, 3, 4, 5] : await freePorts(5);
  const info: ConnectionInfo = {
    transport,
    ip: transport === 'ipc' ? join(folder, 'k') : '127.0.0.1',
    shell_port: ports[0]!,
    iopub_port: ports[1]!,
    stdin_port: ports[2]!,
    control_port: ports[3]!,
    hb_port: ports[4]!,
    key: randomBytes(32).toString('hex'),
    signature_scheme: 'hmac-sha256',
    kernel_name: kernelName,
  };
  const path = join(folder, 'kernel.json');
  await writeFile(path, JSON.stringify(info, undefined, 1), { mode: 0o600 });
  return { info, path, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** Whether `ipc` addresses work here: not on Windows, nor when the temporary folder's path is too long for a socket. */
export function hasIpc(): boolean {
  // sun_path holds 104 bytes on macOS, 108 on Linux; the folder's name takes 27 of them.
  return process.platform !== 'win32' && Buffer.byteLength(tmpdir()) < 75;
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject).listen(0, '127.0.0.1', resolve);
      });
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
