/**
 * The wire format of the Jupyter messaging protocol 5.5, used by kernel and client alike.
 * https://jupyter-client.readthedocs.io/en/stable/messaging.html#the-wire-protocol
 *
 * ```
 * identity …  <IDS|MSG>  HMAC-SHA256  header  parent_header  metadata  content  buffer …
 * ```
 *
 * The signature is the hex digest over the four JSON frames; with an empty key there is none.
 *
 * @module
 */
import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';

/** Version of the protocol spoken, as written in every header. */
export const PROTOCOL_VERSION = '5.5';

const DELIMITER = Buffer.from('<IDS|MSG>');

/** Who sent a message, when, and what it is. */
export interface MessageHeader {
  msg_id: string;
  session: string;
  username: string;
  /** ISO 8601 with time zone. */
  date: string;
  msg_type: string;
  version: string;
}

/** A JSON object as it travels in `content` and `metadata`. */
export type JsonObject = Record<string, unknown>;

/** One message, taken apart. */
export interface Message {
  /** Routing prefix; what a ROUTER socket needs to answer the right client. */
  identities: Uint8Array[];
  header: MessageHeader;
  /** Header of the request this belongs to; empty for a message nobody asked for. */
  parent_header: Partial<MessageHeader>;
  metadata: JsonObject;
  content: JsonObject;
  buffers: Uint8Array[];
}

/** One end of a conversation: makes headers, signs and checks. */
export class Session {
  /** Unique to this end. */
  readonly id: string = randomUUID();
  readonly #key: string;
  readonly #username: string;

  /** @param key the connection file's `key`; an empty one turns signing off */
  constructor(key: string, username = 'wirebook') {
    this.#key = key;
    this.#username = username;
  }

  /** A new message of type `type`, answering `parent` where there is one. */
  message(type: string, content: JsonObject, parent?: Message, metadata: JsonObject = {}): Message {
    return {
      identities: parent?.identities ?? [],
      header: {
        msg_id: randomUUID(),
        session: this.id,
        username: this.#username,
        date: new Date().toISOString(),
        msg_type: type,
        version: PROTOCOL_VERSION,
      },
      parent_header: parent?.header ?? {},
      metadata,
      content,
      buffers: [],
    };
  }

  /** The frames of a message, signed. */
  encode(message: Message): Uint8Array[] {
    const parts = [message.header, message.parent_header, message.metadata, message.content].map((part) =>
      Buffer.from(JSON.stringify(part)),
    );
    return [...message.identities, DELIMITER, Buffer.from(this.#sign(parts)), ...parts, ...message.buffers];
  }

  /** Reads frames; undefined for what is malformed or signed with another key, which is to be dropped. */
  decode(frames: readonly Uint8Array[]): Message | undefined {
    const at = frames.findIndex((frame) => DELIMITER.equals(frame));
    if (at < 0 || frames.length < at + 6) return undefined;
    const parts = frames.slice(at + 2, at + 6);
    const wanted = Buffer.from(this.#sign(parts));
    const given = frames[at + 1]!;
    if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return undefined;
    try {
      const [header, parent, metadata, content] = parts.map((part) => JSON.parse(Buffer.from(part).toString()));
      if (typeof header?.msg_type !== 'string' || typeof header.msg_id !== 'string') return undefined;
      return {
        identities: frames.slice(0, at),
        header,
        parent_header: objectOr(parent),
        metadata: objectOr(metadata),
        content: objectOr(content),
        buffers: frames.slice(at + 6),
      };
    } catch {
      return undefined;
    }
  }

  #sign(parts: readonly Uint8Array[]): string {
    if (this.#key === '') return '';
    const hmac = createHmac('sha256', this.#key);
    for (const part of parts) hmac.update(part);
    return hmac.digest('hex');
  }
}

/** Whoever asks without an object asks for nothing in particular. */
function objectOr(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}
