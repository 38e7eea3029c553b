/**
 * How a client finds its server.
 *
 * @module
 */
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { ChatError } from '../../errors.js';
import { defaultHost, defaultPort, formatAddress } from '../protocol/address.js';
import { checkName } from '../protocol/name.js';
import type { ChatClientOptions } from './client-event.js';

/** A socket on its way to the server. Throws what node throws of a bad port or authority. */
export function dial({ host = defaultHost, port = defaultPort, tls }: ChatClientOptions): Socket {
  const base = { host, port, noDelay: true };
  if (!tls) return connectTcp(base);
  const { ca, servername } = tls === true ? {} : tls;
  // A bare address proves no name by SNI; its certificate must hold the address itself.
  const name = servername ?? (/^[\d.]+$|:/.test(host) ? undefined : host);
  return connectTls({
    ...base,
    ...(ca === undefined ? {} : { ca: typeof ca === 'string' ? ca : Buffer.from(ca) }),
    ...(name === undefined ? {} : { servername: name }),
  });
}

/** What is wrong with the name or password, before a server has to say so: they go on one line. */
export function loginFault({ name, password = '', classic }: ChatClientOptions): ChatError | undefined {
  const reason = nameFault(name, classic);
  if (reason !== undefined) return new ChatError('NAME_INVALID', `Cannot log in as ${JSON.stringify(name)}: ${reason}`);
  if (/[\r\n]/.test(password)) return new ChatError('PASSWORD', 'Cannot log in: a password is one line');
  return undefined;
}

/** Why connecting failed, for people. */
export function connectError(error: Error, { host = defaultHost, port = defaultPort }: ChatClientOptions): ChatError {
  const { code } = error as NodeJS.ErrnoException;
  const isCertificate = code !== undefined && /CERT|SELF_SIGNED|ERR_TLS/.test(code);
  const isPlain = code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG';
  const why = isPlain
    ? 'the server speaks plain text, so must the client (leave --tls and --tls-ca out)'
    : code === 'ECONNREFUSED'
      ? 'no server listens there'
      : error.message;
  return new ChatError(
    isPlain ? 'PROTOCOL' : isCertificate ? 'BAD_CERTIFICATE' : 'UNREACHABLE',
    `Cannot connect to ${formatAddress({ host, port })}: ${why}`,
    { cause: error },
  );
}

/** The Python server takes any name; one with a colon or line end could never be addressed. */
function nameFault(name: string, isClassic = false): string | undefined {
  if (isClassic)
    return name.trim() === '' || /[:\r\n]/.test(name)
      ? 'a name is not empty, and holds no colon or line end'
      : undefined;
  const check = checkName(name);
  return 'reason' in check ? check.reason : undefined;
}
