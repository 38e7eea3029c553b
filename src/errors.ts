/**
 * The errors this package throws. Each carries a `code` to branch on; the text is for people and reads
 * `Cannot <verb> <what> at byte <n>: <state>, <need>`.
 *
 * @module
 */

/** Why bytes could not be read as a layer. */
export type DecodeCode =
  /** The buffer ends before the layer does. */
  | 'TRUNCATED'
  /** A length field contradicts the bytes or the protocol's minimum. */
  | 'BAD_LENGTH'
  /** The version field is not the layer's. */
  | 'BAD_VERSION'
  /** A field holds what the protocol forbids. */
  | 'BAD_VALUE'
  /** A bound on nesting, pointers or records was reached. */
  | 'LIMIT';

/** First reason not to trust a layer. */
export interface DecodeFault {
  readonly code: DecodeCode;
  /** The layer's name, as shown: `IPv4`, `TCP`. */
  readonly layer: string;
  /** Offset in bytes: in `packet.faults` from the packet's first byte, elsewhere from the start of the buffer given. */
  readonly at: number;
  /** What is wrong and what was needed, without the full stop. */
  readonly reason: string;
}

/** Bytes that are not the layer asked for. */
export class DecodeError extends RangeError {
  override readonly name = 'DecodeError';
  readonly code: DecodeCode;
  readonly layer: string;
  readonly at: number;
  readonly reason: string;

  constructor(fault: DecodeFault) {
    super(`Cannot decode ${fault.layer} at byte ${fault.at}: ${fault.reason}`);
    this.code = fault.code;
    this.layer = fault.layer;
    this.at = fault.at;
    this.reason = fault.reason;
  }
}

/** Why a capture could not be read or written. */
export type CaptureCode =
  /** The file is neither pcap nor pcapng. */
  | 'NOT_A_CAPTURE'
  /** The file ends in the middle of a block or record. */
  | 'TRUNCATED'
  /** A length, magic or option contradicts the format. */
  | 'BAD_BLOCK'
  /** The format cannot hold what was to be written. */
  | 'UNSUPPORTED'
  /** A bound given to the reader was reached. */
  | 'LIMIT'
  /** The file system said no. */
  | 'IO';

/** A capture file that cannot be read on or written. What was read before it stays good. */
export class CaptureError extends RangeError {
  override readonly name = 'CaptureError';
  readonly code: CaptureCode;
  /** Offset in bytes from the start of the (uncompressed) capture, where one is known. */
  readonly at: number | undefined;

  constructor(code: CaptureCode, message: string, at?: number, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.at = at;
  }
}

/** Why a table of messages could not be used. */
export type MessageCode =
  /** There is no such file, or it cannot be opened. */
  | 'NO_FILE'
  /** The file is something else: a Word or Excel document, a capture, a picture. */
  | 'NOT_CSV'
  /** No header line, or no row under it. */
  | 'EMPTY'
  /** A column that is needed is missing. */
  | 'MISSING_COLUMN'
  /** Two columns have the same name. */
  | 'DUPLICATE_COLUMN'
  /** At least one row has a fault. */
  | 'BAD_ROW'
  /** A row that was sent is not in the capture. */
  | 'NOT_CAPTURED';

/**
 * A CSV of application messages that cannot be used, with every fault's line and column in the text. It inspects as that text alone: the
 * fault is the file's, and a stack would only hide it.
 */
export class MessageError extends Error {
  override readonly name = 'MessageError';
  readonly code: MessageCode;

  constructor(code: MessageCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `${this.name}: ${this.message}`;
  }
}

/** Why raw packets could not be sent or sniffed. */
export type RawSocketCode =
  /** The process lacks CAP_NET_RAW (or is not root, on macOS). */
  | 'NO_PERMISSION'
  /** The optional add-on `raw-socket` is not installed or does not load. */
  | 'NO_ADDON'
  /** This platform's kernel does not allow it. */
  | 'UNSUPPORTED'
  /** The kernel refused one packet or the socket. */
  | 'IO';

/** Raw sockets are not to be had, or one failed. The text says what to do about it. */
export class RawSocketError extends Error {
  override readonly name = 'RawSocketError';
  readonly code: RawSocketCode;

  constructor(code: RawSocketCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** How a cell can fail, told apart everywhere: on the terminal, in the report, in JUnit and JSON. */
export type CellFailureCode =
  /** The cell is not TypeScript. */
  | 'SYNTAX_ERROR'
  /** The cell does not type-check. */
  | 'TYPE_ERROR'
  /** The cell threw, or a promise it awaited was rejected. */
  | 'THROWN'
  /** A promise of the cell was rejected and nobody handled it. */
  | 'UNHANDLED_REJECTION'
  /** A timer, an event or a stream of the cell threw, mostly after the cell had ended. */
  | 'LATE_EXCEPTION'
  /** The cell called `process.exit()` or the like. */
  | 'EXITED'
  /** The cell printed more than the kernel allows. */
  | 'OUTPUT_LIMIT'
  /** The cell or the run took longer than allowed. */
  | 'TIMED_OUT'
  /** The kernel's process ended while the cell ran, for instance out of memory. */
  | 'KERNEL_DIED'
  /** Somebody interrupted the cell. */
  | 'INTERRUPTED'
  /** An earlier cell failed, so this one was never run. */
  | 'NOT_RUN';

/** Why a notebook could not be read, run or written; for a failed cell, how it failed. */
export type NotebookCode =
  | CellFailureCode
  /** There is no such file, or it cannot be opened. */
  | 'NO_FILE'
  /** The file is not JSON, or not a notebook of format 4. */
  | 'NOT_A_NOTEBOOK'
  /** No kernel of that name is installed, or it does not start. */
  | 'NO_KERNEL'
  /** A kernel spec of that name is already there and is somebody else's. */
  | 'KERNEL_EXISTS'
  /** A parameter the notebook does not have, or no cell tagged `parameters`. */
  | 'BAD_PARAMETER'
  /** The stored outputs and the new ones differ. */
  | 'DIFFERENT'
  /** The file system said no. */
  | 'IO';

/** A notebook that cannot be read, run or trusted. The text says which, where and what to do. */
export class NotebookError extends Error {
  override readonly name = 'NotebookError';
  readonly code: NotebookCode;

  constructor(code: NotebookCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Why the chat refused or lost something. The first three groups come over the wire, see `docs/protocol_definition.md`. */
export type ChatCode =
  /** The name is not one, or is held by somebody or looks like one that is. */
  | 'NAME_INVALID'
  | 'NAME_TAKEN'
  /** A command before the login, or a login after it. */
  | 'LOGIN_FIRST'
  | 'ALREADY_LOGGED_IN'
  /** What was sent cannot be used. */
  | 'FORMAT'
  | 'EMPTY_MESSAGE'
  | 'TOO_LONG'
  | 'NOT_UTF8'
  | 'UNKNOWN_COMMAND'
  /** Nobody of that name is logged in. */
  | 'NO_SUCH_USER'
  /** The recipient was lost or cut off with the message still waiting. */
  | 'UNDELIVERED'
  /** More was sent than the allowance; the server reads on more slowly. */
  | 'FLOOD'
  /** Why the server closed a connection. */
  | 'QUIT'
  | 'SHUTDOWN'
  | 'SLOW_READER'
  | 'TIMEOUT'
  | 'PASSWORD'
  | 'LOGIN_TIMEOUT'
  | 'LOGIN_FAILED'
  | 'SERVER_FULL'
  | 'TOO_MANY'
  /** The client found no server, or one that is no chat server of its dialect. */
  | 'UNREACHABLE'
  | 'PROTOCOL'
  /** The connection ended with the message unconfirmed: it may or may not have arrived. */
  | 'CONNECTION_LOST'
  /** The client or server has been closed, or was not started. */
  | 'CLOSED'
  /** A function was called with something it cannot use. */
  | 'BAD_ARGUMENT'
  /** The server could not listen: address in use or not of this machine, a bad port or certificate, a file that cannot be read. */
  | 'ADDRESS_IN_USE'
  | 'BAD_ADDRESS'
  | 'BAD_CERTIFICATE'
  | 'NO_FILE';

/** A chat server or client that could not do what was asked. The text says what to do. */
export class ChatError extends Error {
  override readonly name = 'ChatError';
  readonly code: ChatCode;

  constructor(code: ChatCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Why a display filter could not be used. */
export type FilterCode =
  /** The text is no filter: something is missing, left over or misspelt. */
  | 'SYNTAX'
  /** No field or protocol has that name. */
  | 'UNKNOWN_FIELD'
  /** A field cannot be compared in this way, or a value does not fit it. */
  | 'TYPE';

/** A display filter that cannot be used. The text shows the filter with a mark under the place. */
export class FilterError extends Error {
  override readonly name = 'FilterError';
  readonly code: FilterCode;
  /** Place in the filter, counted from 1. */
  readonly column: number;
  /** What is wrong, without the filter's text. */
  readonly reason: string;

  /** @param place offset of what is wrong in the filter, and its length */
  constructor(
    code: FilterCode,
    filter: string,
    { at, length }: { readonly at: number; readonly length: number },
    reason: string,
  ) {
    const mark = `${' '.repeat(at)}${'^'.repeat(Math.max(1, length))}`;
    super(`Cannot read filter at column ${at + 1}: ${reason}\n  ${filter}\n  ${mark}`);
    this.code = code;
    this.column = at + 1;
    this.reason = reason;
  }
}
