/**
 * The CSV of application messages: read, diagnose, turn into packets.
 *
 * @module
 */
export { type CraftOptions, commentOf, craft, msgIdOf, type PlannedPacket, planCrafted } from './craft.js';
export { formatFault, type Message, type MessageFault } from './message.js';
export { defaultPorts, type PortMap, portsOf } from './ports.js';
export { parseMessages, readMessages } from './read.js';
export { annotate, isReset, matchRun, type Run, type RunRow, type SentPacket } from './run.js';
export { MessageTable } from './table.js';
