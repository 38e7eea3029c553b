/**
 * What our own runner and our own kernel say to each other beyond the Jupyter protocol.
 *
 * @module
 */

/** `implementation` in the kernel's `kernel_info_reply`. */
export const KERNEL_NAME = 'wirebook';

/** Asks, at the end of a run, to wait for what the cells started. The reply is a `Settlement` with a status. */
export const SETTLE_REQUEST = 'wirebook_settle_request';

/** What the runner says in an execute request's metadata, under `wirebook`. */
export interface RunnerMetadata {
  /** How long the cell and what it starts may take, in milliseconds; the runner waits for the rest when all cells ran. */
  timeoutMs?: number;
}
