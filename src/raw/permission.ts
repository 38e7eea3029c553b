/**
 * May this process use raw sockets?
 *
 * @module
 */
import { RawSocketError } from '../errors.js';
import { openSocket } from './addon.js';

/** IP protocol number of a send-only socket that brings its own header. */
const IPPROTO_RAW = 255;

/** Why raw sockets cannot be used here, in words that say what to do; nothing when they can. Opens one and closes it. */
export function refusal(): RawSocketError | undefined {
  try {
    openSocket({ protocol: IPPROTO_RAW }).close();
    return undefined;
  } catch (error) {
    if (error instanceof RawSocketError) return error;
    throw error;
  }
}

/** Whether raw sockets can be used here. */
export function isPermitted(): boolean {
  return refusal() === undefined;
}
