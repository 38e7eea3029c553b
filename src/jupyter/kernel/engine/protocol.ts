/**
 * What kernel and engine say to each other: one JSON object a frame (`frames.ts`), over pipes that
 * nothing else uses.
 *
 * The kernel holds the sockets and never runs a cell; the engine runs cells and never touches a socket. So heartbeats,
 * interrupts and shutdown work while a cell loops, and a cell that takes its process down still gets an answer.
 *
 * | descriptor | direction | what |
 * |---|---|---|
 * | 1, 2 | engine → kernel | what add-ons and child processes print |
 * | 3 | kernel → engine | the secret, then requests |
 * | 4 | engine → kernel | reports, written synchronously: what was said before a crash arrives |
 * | 5 | kernel → engine | answers to `prompt()`, read synchronously |
 * | 6 | kernel → watchdog thread | numbers of cells to interrupt; its end means that the kernel is gone |
 *
 * @module
 */
import type { CellFailureCode } from '../../../errors.js';
import type { JsonObject } from '../../protocol/message.js';

/** The engine's pipes beyond the standard ones. */
export const FD = { requests: 3, reports: 4, answers: 5, watchdog: 6 } as const;

/** A value in every form it has, by MIME type. */
export interface MimeBundle {
  [mime: string]: unknown;
}

/** How a cell failed, ready to be shown. */
export interface Failure {
  code: CellFailureCode;
  /** Name of the error's class, or of what the compiler found. */
  ename: string;
  evalue: string;
  /** Lines with ANSI colours: a frame of the cell's code, then the error with its stack. */
  traceback: string[];
  /** 1-based line in the cell, where one is known. */
  line?: number;
}

/** A cell to run. */
export interface ExecuteRequest {
  type: 'execute';
  id: number;
  code: string;
  /** The number the cell gets, or none for a silent one. */
  count: number | undefined;
  silent: boolean;
  mayAsk: boolean;
  /** Whether to wait, after the cell's end, until nothing it started can fail: nobody else does. */
  settles: boolean;
  /** How long the cell, and what it starts, may take, in milliseconds; whoever asks watches over the cell itself. */
  timeoutMs?: number;
  expressions: Record<string, string>;
}

/** Anything the kernel asks of the engine. */
export type EngineRequest =
  | ExecuteRequest
  | { type: 'complete' | 'inspect'; id: number; code: string; cursor: number }
  | { type: 'isComplete'; id: number; code: string }
  /** Waits for what all cells started; the run is at its end. */
  | { type: 'settle'; id: number; limitMs: number }
  /** No answer: the cell's own tells. */
  | { type: 'interrupt'; id: number };

/** What came of a cell. */
export interface ExecuteOutcome {
  failure?: Failure;
  result?: MimeBundle;
  expressions?: JsonObject;
}

/** Something that a cell started and that was waited for, or left open. */
export interface LeftOpen {
  /** The cell's number. */
  count: number;
  /** `a server on port 8080`. */
  what: string;
  /** Line of the cell where it was made, from 1. */
  line?: number;
}

/** What came of waiting at the end of a run. */
export interface Settlement {
  left: LeftOpen[];
  /** What was waited for longest. */
  waited?: LeftOpen & { ms: number };
}

/** Anything the engine tells the kernel. `id` is the cell's, or undefined where nobody knows whose it is. */
export type EngineReport =
  | { type: 'ready' }
  | { type: 'stream'; id: number | undefined; name: 'stdout' | 'stderr'; text: string }
  | { type: 'display'; id: number | undefined; data: MimeBundle; displayId?: string; update: boolean }
  | { type: 'clear'; id: number | undefined; wait: boolean }
  | { type: 'late'; id: number | undefined; failure: Failure }
  | { type: 'input'; id: number | undefined; prompt: string; password: boolean }
  | { type: 'done'; id: number; outcome: ExecuteOutcome }
  | { type: 'answer'; id: number; content: JsonObject };

/** The answer to an `input` report. */
export interface InputAnswer {
  value?: string;
  interrupted?: boolean;
}
