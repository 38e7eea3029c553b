/**
 * The chat: a server, a client, and the protocol between them (`docs/protocol_definition.md`).
 *
 * @module
 */
export { type ChatCode, ChatError } from '../errors.js';
export { type BackoffOptions, backoff, defaultBackoff } from './backoff.js';
export { type ClassicLine, classic, parseClassic } from './classic.js';
export { ChatClient } from './client.js';
export type { ChatClientEvent, ChatClientOptions, ChatMessage, Receipt } from './client-event.js';
export { type Command, parseCommand } from './command.js';
export type { ChatEvent, Dialect } from './event.js';
export { type ChatLimits, defaultLimits } from './limits.js';
export { LineDecoder, type LineFault } from './line-decoder.js';
export { fold, skeleton } from './look-alike.js';
export { checkName, longestName, type NameCheck } from './name.js';
export { deliveryHead, type LeaveReason, notice, parseServerLine, type ServerLine } from './notice.js';
export {
  type ChatAddress,
  ChatServer,
  type ChatServerOptions,
  defaultHost,
  defaultPort,
  formatAddress,
} from './server.js';
export { isHarmless, neutralize } from './text.js';
