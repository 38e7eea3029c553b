/**
 * Raw sockets: send and sniff. The only part that needs privileges or a native add-on.
 *
 * @module
 */
export { RawSocketError } from '../errors.js';
export { now, until } from './clock.js';
export { isPermitted, refusal } from './permission.js';
export { type Scheduled, type ScheduleOptions, type SentRun, sendOnTime } from './schedule.js';
export { Sender, type SenderOptions } from './sender.js';
export { type SniffedPacket, Sniffer, type SnifferOptions } from './sniffer.js';
