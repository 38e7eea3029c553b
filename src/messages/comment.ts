/**
 * The comment that links a packet of a capture to its row: `msg_id=1 GET /index.html HTTP/1.1`.
 *
 * @module
 */
import { type Message, wordsOf } from './message.js';

/** The comment on a packet that carries a message: `msg_id=1 GET /index.html HTTP/1.1`. */
export function commentOf(message: Message): string {
  return `msg_id=${message.msgId} ${wordsOf(message)}`;
}

/** The comment on a packet by which the kernel answered one. */
export function answerCommentOf({ msgId }: Message): string {
  return `the kernel's answer to msg_id=${msgId}`;
}

/** The msg_id in a packet's comments; nothing when none has one. */
export function msgIdOf(comments: readonly string[]): string | undefined {
  for (const comment of comments) {
    const match = /^msg_id=(\S+)/.exec(comment);
    if (match) return match[1];
  }
  return undefined;
}
