/**
 * The CSV of application messages: read, diagnose, turn into packets.
 *
 * @module
 */
export { type MessageCode, MessageError } from '../errors.js';
export { commentOf, msgIdOf } from './comment.js';
export {
  type ConversationOptions,
  type ConversationPacket,
  ConversationPlan,
  conversationCapture,
  planConversation,
} from './conversation.js';
export { CraftedPlan, type CraftOptions, craft, planCrafted } from './craft.js';
export { differencesOf } from './differences.js';
export { formatFault, formatFaults, isControl, type Message, type MessageFault, wordsOf } from './message.js';
export { formatNote, type MessageNote, type NoteCode } from './note.js';
export type { CarriedRow, SendingPlan } from './plan.js';
export { assignPorts, defaultPorts, isFromServer, type PortMap, portsOf, usualPorts } from './ports.js';
export { parseMessages, type ReadOptions, readMessages } from './read.js';
export { RealExchange, type RealOptions } from './real.js';
export {
  annotate,
  type CapturedPacket,
  isReset,
  type MatchOptions,
  matchRun,
  type PlannedPacket,
  type PlannedRow,
  Run,
  type RunRow,
  type SentPacket,
  type SentRow,
} from './run.js';
export { protocolOf, type Service, serviceOf, type Transport, transportOf } from './service.js';
export { MessageTable } from './table.js';
export { formatMessages } from './write.js';
