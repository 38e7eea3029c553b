/**
 * The socket a server listens on, with TLS or without.
 *
 * @module
 */
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { ChatError } from '../../errors.js';
import { formatAddress } from '../protocol/address.js';

/** What becomes of those who connect. */
export interface Door {
  accept(socket: Socket): void;
  /** A connection has begun that has to speak TLS first. Returns what is to be called when it does, or never will. */
  began(socket: Socket): () => void;
  /** One did not, and why, for people. */
  refused(remote: string, text: string): void;
}

/** The last line to a client that speaks plain text to a server of TLS. */
const plainFarewell = '* bye PROTOCOL :This server speaks TLS, so must the client (--tls or --tls-ca)\n';

/** A server that does not listen yet. */
export function createListener(
  tls: { readonly cert: string | Uint8Array; readonly key: string | Uint8Array } | undefined,
  handshakeTimeout: number,
  door: Door,
): Server {
  const accept = (socket: Socket): void => door.accept(socket);
  if (tls === undefined) return createServer({ noDelay: true, allowHalfOpen: true }, accept);
  try {
    const [cert, key] = [tls.cert, tls.key].map((pem) => (typeof pem === 'string' ? pem : Buffer.from(pem)));
    const server = createTlsServer({ cert, key, handshakeTimeout, noDelay: true, allowHalfOpen: true }, accept);
    /** Handshakes under way, by the address of the other end: the socket below TLS, and what ends it. */
    const handshakes = new Map<string, { readonly socket: Socket; readonly settle: () => void }>();
    server.on('connection', (socket) => {
      const remote = remoteOf(socket);
      const settled = door.began(socket);
      let isSettled = false;
      const settle = (): void => {
        if (isSettled) return;
        isSettled = true;
        if (handshakes.get(remote)?.socket === socket) handshakes.delete(remote);
        settled();
      };
      handshakes.set(remote, { socket, settle });
      socket.once('close', settle);
    });
    server.prependListener('secureConnection', (socket) => handshakes.get(remoteOf(socket))?.settle());
    server.on('tlsClientError', (error: NodeJS.ErrnoException, socket) => {
      const remote = remoteOf(socket);
      const isPlain = error.code === 'ERR_SSL_WRONG_VERSION_NUMBER' || error.code === 'ERR_SSL_HTTP_REQUEST';
      door.refused(remote, isPlain ? 'It speaks plain text, this server speaks TLS' : `No TLS: ${error.message}`);
      const handshake = handshakes.get(remote);
      handshake?.settle();
      // Below TLS, in the protocol's words: whoever speaks plain text can read it.
      if (isPlain) handshake?.socket.end(plainFarewell);
      socket.destroy();
    });
    return server;
  } catch (cause) {
    throw new ChatError('BAD_CERTIFICATE', `Cannot use the certificate and key: ${(cause as Error).message}`, {
      cause,
    });
  }
}

function remoteOf(socket: Socket): string {
  return `${socket.remoteAddress ?? '?'}:${socket.remotePort ?? '?'}`;
}

/** Why a server cannot listen, for people. */
export function listenError(error: unknown, host: string, port: number): ChatError {
  const { code, message } = error as NodeJS.ErrnoException;
  const where = `Cannot listen on ${formatAddress({ host, port })}`;
  if (code === 'EADDRINUSE')
    return new ChatError(
      'ADDRESS_IN_USE',
      `${where}: the port is in use, stop the other program or choose another port`,
      {
        cause: error,
      },
    );
  const why =
    code === 'EACCES'
      ? 'this user may not use the port, choose one above 1023'
      : code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN'
        ? 'the address is not of this machine'
        : code === 'ERR_SOCKET_BAD_PORT'
          ? 'a port is a number from 0 to 65535'
          : message;
  return new ChatError('BAD_ADDRESS', `${where}: ${why}`, { cause: error });
}
