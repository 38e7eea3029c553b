/**
 * The chat: a server, a client, and the protocol between them (`docs/protocol_definition.md`).
 *
 * @module
 */
export { type ChatCode, ChatError } from '../errors.js';
export { type BackoffOptions, backoff, defaultBackoff } from './client/backoff.js';
export { ChatClient } from './client/client.js';
export type { ChatClientEvent, ChatClientOptions, ChatMessage, Receipt, WaitOptions } from './client/client-event.js';
export { type ChatAddress, defaultHost, defaultPort, formatAddress } from './protocol/address.js';
export { type ClassicLine, classic, parseClassic } from './protocol/classic.js';
export { type Command, parseCommand } from './protocol/command.js';
export { type ChatLimits, defaultLimits } from './protocol/limits.js';
export { type FaultyLine, LineDecoder, type LineFault } from './protocol/line-decoder.js';
export { fold, looks, skeleton } from './protocol/look-alike.js';
export { checkName, longestName, type NameCheck } from './protocol/name.js';
export { deliveryHead, type LeaveReason, notice, parseServerLine, type ServerLine } from './protocol/notice.js';
export { isHarmless, neutralize } from './protocol/text.js';
export type { ChatEvent, Dialect } from './server/event.js';
export { ChatServer, type ChatServerOptions, type ListenOptions } from './server/server.js';
