/**
 * The kernel's side of the engine: starts its process, talks to it, interrupts it, and knows why it ended.
 *
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { JsonObject } from '../../protocol/message.js';
import { linesOf } from './lines.js';
import { type EngineReport, type EngineRequest, type ExecuteOutcome, FD, type InputAnswer } from './protocol.js';

/** How long an interrupted cell has to end before its process is ended, in milliseconds. */
const INTERRUPT_LIMIT_MS = 4000;
/** How much of the engine's last words to keep, to tell why it ended. */
const LAST_WORDS = 4000;

/** What the kernel wants to hear. */
export interface EngineListener {
  report(report: EngineReport): void;
  /** Something printed past the engine's own console: by an add-on, or a child process that inherits its streams. */
  raw(name: 'stdout' | 'stderr', text: string): void;
  /** The process ended, with everything the notebook had in memory. */
  died(reason: string): void;
}

/** A running engine. */
export class Engine {
  readonly #process: ChildProcess;
  readonly #listener: EngineListener;
  readonly #requests: Writable;
  readonly #answers: Writable;
  readonly #watchdog: Writable;
  readonly #waiting = new Map<number, (content: JsonObject | ExecuteOutcome) => void>();
  #lastWords = '';
  #isStopped = false;
  #isReady = false;
  #interruptDue: number | undefined;
  #limit: NodeJS.Timeout | undefined;
  #isOverdue = false;

  constructor(listener: EngineListener) {
    this.#listener = listener;
    // An interrupt may throw a stack away in the middle of a timer; Node would end the process over its own bookkeeping.
    const flags = ['--no-force-async-hooks-checks'];
    this.#process = spawn(process.execPath, [...flags, fileURLToPath(new URL('./main.js', import.meta.url))], {
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe', 'pipe', 'pipe'],
      // A group of its own, so that an interrupt reaches a cell's child processes and reaches the engine once.
      detached: process.platform !== 'win32',
    });
    const stdio = this.#process.stdio as readonly unknown[];
    this.#requests = stdio[FD.requests] as Writable;
    this.#answers = stdio[FD.answers] as Writable;
    this.#watchdog = stdio[FD.watchdog] as Writable;
    for (const pipe of [this.#requests, this.#answers, this.#watchdog]) pipe.on('error', () => {}); // `exit` follows
    linesOf(stdio[FD.reports] as Readable, (line) => this.#take(JSON.parse(line) as EngineReport));
    for (const name of ['stdout', 'stderr'] as const) {
      this.#process[name]!.setEncoding('utf8').on('data', (text: string) => {
        this.#lastWords = (this.#lastWords + text).slice(-LAST_WORDS);
        this.#listener.raw(name, text);
      });
    }
    this.#process.once('close', (code, signal) => {
      clearTimeout(this.#limit);
      if (!this.#isStopped) this.#listener.died(this.#reason(code, signal));
    });
  }

  /** Sends a request and waits for its answer; forever, when the engine dies first. */
  ask(request: Exclude<EngineRequest, { type: 'interrupt' }>): Promise<JsonObject | ExecuteOutcome> {
    this.#requests.write(`${JSON.stringify(request)}\n`);
    return new Promise((resolve) => this.#waiting.set(request.id, resolve));
  }

  /** Answers an `input` report. */
  reply(answer: InputAnswer): void {
    this.#answers.write(`${JSON.stringify(answer)}\n`);
  }

  /**
   * Stops a cell, its child processes too, whatever it does; failing that, the process. A cell that has not begun yet is
   * told along the same way as its request, behind it.
   */
  interrupt(id: number): void {
    this.#requests.write(`${JSON.stringify({ type: 'interrupt', id } satisfies EngineRequest)}\n`);
    if (this.#isReady) this.#wake(id);
    else this.#interruptDue = id;
  }

  /** Reaches an engine that does not read its requests. */
  #wake(id: number): void {
    if (process.platform !== 'win32') this.#signal('SIGINT');
    this.#watchdog.write(`${id}\n`);
    this.#limit ??= setTimeout(() => {
      this.#isOverdue = true;
      this.#signal('SIGKILL');
    }, INTERRUPT_LIMIT_MS);
  }

  /** Ends the process and the cell's child processes, whatever they have left open. */
  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#limit);
    this.#signal('SIGKILL');
  }

  #take(report: EngineReport): void {
    if (report.type !== 'done' && report.type !== 'answer') {
      if (report.type === 'ready') {
        this.#isReady = true;
        if (this.#interruptDue !== undefined) this.#wake(this.#interruptDue);
      }
      this.#listener.report(report);
      return;
    }
    if (report.type === 'done') {
      clearTimeout(this.#limit);
      this.#limit = undefined;
      this.#interruptDue = undefined;
    }
    const resolve = this.#waiting.get(report.id);
    this.#waiting.delete(report.id);
    resolve?.(report.type === 'done' ? report.outcome : report.content);
  }

  #signal(signal: NodeJS.Signals): void {
    const { pid } = this.#process;
    if (pid === undefined) return;
    try {
      if (process.platform === 'win32') this.#process.kill(signal);
      else process.kill(-pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }

  #reason(code: number | null, signal: NodeJS.Signals | null): string {
    if (this.#isOverdue) return 'it did not end when interrupted, so its process was ended';
    if (/heap out of memory|Allocation failed/.test(this.#lastWords)) {
      return "it ran out of memory; NODE_OPTIONS=--max-old-space-size=… in the kernel's environment allows more";
    }
    return signal === null ? `its process ended with status ${code}` : `its process was ended by ${signal}`;
  }
}
