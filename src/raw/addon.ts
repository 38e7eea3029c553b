/**
 * The optional native add-on `raw-socket`, behind one door.
 *
 * Its types are declared here: it may be absent, and the project must compile without it.
 *
 * @module
 */
import type { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import { RawSocketError } from '../errors.js';

/** The part of the add-on that is used. */
interface RawSocketAddon {
  createSocket(options: { protocol: number; bufferSize?: number; addressFamily?: number }): AddonSocket;
  readonly AddressFamily: { readonly IPv4: number; readonly IPv6: number };
}

/** A socket of the add-on, held until it is closed. */
export interface AddonSocket extends EventEmitter {
  setOption(level: number, option: number, value: number): void;
  send(
    buffer: Buffer,
    offset: number,
    length: number,
    address: string,
    before: () => void,
    done: (error: Error | null, bytes: number) => void,
  ): void;
  close(): void;
}

/**
 * Loads the add-on.
 *
 * @throws RawSocketError `NO_ADDON` when it is not installed or does not load on this platform
 */
function loadAddon(): RawSocketAddon {
  try {
    return createRequire(import.meta.url)('raw-socket') as RawSocketAddon;
  } catch (cause) {
    throw new RawSocketError(
      'NO_ADDON',
      'Cannot open a raw socket: the optional add-on raw-socket is not installed or does not load on ' +
        `${process.platform}-${process.arch} with Node ${process.versions.node}. Install a compiler (python3, make, g++) ` +
        'and run npm ci again',
      { cause },
    );
  }
}

/**
 * Sockets that are open. The add-on closes a socket that nobody refers to, without a word; what waits for one, a suspended function and
 * the callbacks in its queue, refers to it in a circle that the garbage collector takes away whole.
 */
const held = new Set<AddonSocket>();

/**
 * Opens a socket, with its failures as one typed error.
 *
 * @throws RawSocketError `NO_ADDON`, `NO_PERMISSION`, `UNSUPPORTED` or `IO`
 */
export function openSocket(options: { protocol: number; bufferSize?: number; addressFamily?: number }): AddonSocket {
  if (process.platform === 'win32') {
    throw new RawSocketError(
      'UNSUPPORTED',
      'Cannot open a raw socket: Windows forbids TCP on raw sockets. Write a capture instead, or use Linux (WSL does)',
    );
  }
  const addon = loadAddon();
  try {
    const socket = addon.createSocket(options);
    held.add(socket);
    socket.once('close', () => held.delete(socket));
    return socket;
  } catch (cause) {
    throw refused('open a raw socket', cause);
  }
}

/** The kernel's refusal as a typed error. The add-on throws plain errors whose text is all there is to tell them apart. */
export function refused(what: string, cause: unknown): RawSocketError {
  const text = cause instanceof Error ? cause.message : String(cause);
  if (/not permitted|permission denied/i.test(text)) {
    const remedy =
      process.platform === 'linux'
        ? `run as root (sudo), or allow this Node once: sudo setcap cap_net_raw+ep ${process.execPath}`
        : 'run as root (sudo)';
    return new RawSocketError('NO_PERMISSION', `Cannot ${what}: the privilege CAP_NET_RAW is missing; ${remedy}`, {
      cause,
    });
  }
  return new RawSocketError('IO', `Cannot ${what}: ${text}`, { cause });
}
