/**
 * Where a server listens.
 *
 * @module
 */
import { formatEndpoint } from '../../address.js';

/** The address the original listens on. */
export const defaultHost = '127.0.0.1';
/** The port the original listens on. */
export const defaultPort = 9999;

/** Where a server listens. */
export interface ChatAddress {
  readonly host: string;
  readonly port: number;
}

/** `127.0.0.1:9999`, `[::1]:9999`. */
export function formatAddress({ host, port }: ChatAddress): string {
  return formatEndpoint(host, port);
}
