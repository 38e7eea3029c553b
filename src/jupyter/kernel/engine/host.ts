/**
 * The kernel's side of the engine: starts its process, talks to it, interrupts it, and knows why it ended.
 *
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { JsonObject } from '../../protocol/message.js';
import { endDescendants, RUN_MARK } from '../descendants.js';
import { FrameReader, requestFrame, SECRET_BYTES } from './frames.js';
import { type EngineReport, type EngineRequest, type ExecuteOutcome, FD, type InputAnswer } from './protocol.js';

/** How long an interrupted cell has to end before its process is ended, in milliseconds. */
const INTERRUPT_LIMIT_MS = 7000;
/** How much of the engine's last words to keep, to tell why it ended. */
const LAST_WORDS = 4000;

/** Threads of the engine's pool that are Node's own by default; one more listens for requests. */
const POOL_THREADS = 4;

/** The engine ended before it answered. */
export class EngineEnded extends Error {
  override readonly name = 'EngineEnded';
}

/** What the kernel wants to hear. */
export interface EngineListener {
  report(report: EngineReport): void;
  /** Something printed past the engine's own console: by an add-on, or a child process that inherits its streams. */
  raw(name: 'stdout' | 'stderr', text: string): void;
  /** The process ended by itself, with everything the notebook had in memory. */
  died(reason: string): void;
}

interface Waiter {
  resolve(content: JsonObject | ExecuteOutcome): void;
  reject(error: EngineEnded): void;
}

/** A running engine. */
export class Engine {
  readonly #process: ChildProcess;
  readonly #listener: EngineListener;
  readonly #requests: Writable;
  readonly #answers: Writable;
  readonly #watchdog: Writable;
  readonly #reports: Readable;
  readonly #waiting = new Map<number, Waiter>();
  /** Fulfilled when the process has ended and everybody who waits for it knows. */
  readonly ended: Promise<void>;
  #lastWords = '';
  #isStopped = false;
  #isReady = false;
  #interruptDue: number | undefined;
  #interrupted: number | undefined;
  #limit: NodeJS.Timeout | undefined;
  #isOverdue = false;
  #isForged = false;
  #hasEnded = false;

  constructor(listener: EngineListener) {
    this.#listener = listener;
    const flags = [
      // An interrupt may throw a stack away in the middle of a timer; Node would end the process over its own bookkeeping.
      '--no-force-async-hooks-checks',
      // What nobody caught comes to one place, whoever listens.
      '--unhandled-rejections=strict',
    ];
    const threads = Number(process.env.UV_THREADPOOL_SIZE) || POOL_THREADS;
    this.#process = spawn(process.execPath, [...flags, fileURLToPath(new URL('./main.js', import.meta.url))], {
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe', 'pipe', 'pipe'],
      env: { ...process.env, [RUN_MARK.name]: RUN_MARK.value, UV_THREADPOOL_SIZE: String(threads + 1) },
      // A group of its own, so that an interrupt reaches a cell's child processes and reaches the engine once.
      detached: process.platform !== 'win32',
    });
    const stdio = this.#process.stdio as readonly unknown[];
    this.#requests = stdio[FD.requests] as Writable;
    this.#answers = stdio[FD.answers] as Writable;
    this.#watchdog = stdio[FD.watchdog] as Writable;
    for (const pipe of [this.#requests, this.#answers, this.#watchdog]) pipe.on('error', () => {}); // `exit` follows
    const secret = randomBytes(SECRET_BYTES);
    this.#requests.write(secret);
    this.#reports = stdio[FD.reports] as Readable;
    const frames = new FrameReader(
      secret,
      (json) => this.#take(JSON.parse(json) as EngineReport),
      () => this.#refuse(),
    );
    this.#reports.on('data', (chunk: Buffer) => frames.add(chunk));
    // An engine that closes its pipe has nothing more to say.
    this.#reports.once('end', () => this.#signal('SIGKILL'));
    for (const name of ['stdout', 'stderr'] as const) {
      this.#process[name]!.setEncoding('utf8').on('data', (text: string) => {
        this.#lastWords = (this.#lastWords + text).slice(-LAST_WORDS);
        this.#listener.raw(name, text);
      });
    }
    this.ended = new Promise((resolve) => {
      this.#process.once('close', (code, signal) => {
        this.#close(code, signal);
        resolve();
      });
    });
  }

  /**
   * Sends a request and waits for its answer.
   *
   * @throws EngineEnded when the engine ends first
   */
  ask(request: Exclude<EngineRequest, { type: 'interrupt' }>): Promise<JsonObject | ExecuteOutcome> {
    if (this.#hasEnded) return Promise.reject(new EngineEnded('it has ended'));
    this.#requests.write(requestFrame(JSON.stringify(request)));
    return new Promise((resolve, reject) => this.#waiting.set(request.id, { resolve, reject }));
  }

  /** Takes no reports for a while; the engine waits when its pipe is full. */
  pause(): void {
    this.#reports.pause();
  }

  /** Takes reports again. */
  resume(): void {
    this.#reports.resume();
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
    this.#interrupted = id;
    this.resume(); // an engine that waits for its pipe hears nothing
    this.#requests.write(requestFrame(JSON.stringify({ type: 'interrupt', id } satisfies EngineRequest)));
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
    endDescendants();
  }

  /** Something wrote into the engine's pipe that is not the engine. */
  #refuse(): void {
    this.#isForged = true;
    this.#signal('SIGKILL');
  }

  #close(code: number | null, signal: NodeJS.Signals | null): void {
    clearTimeout(this.#limit);
    const reason = this.#reason(code, signal);
    this.#hasEnded = true;
    endDescendants();
    if (!this.#isStopped) this.#listener.died(reason);
    for (const { reject } of this.#waiting.values()) reject(new EngineEnded(reason));
    this.#waiting.clear();
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
    if (report.type === 'done' || report.id === this.#interrupted) {
      clearTimeout(this.#limit);
      this.#limit = undefined;
      this.#interruptDue = undefined;
      this.#interrupted = undefined;
    }
    const waiter = this.#waiting.get(report.id);
    this.#waiting.delete(report.id);
    waiter?.resolve(report.type === 'done' ? report.outcome : report.content);
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
    if (this.#isForged) return 'it wrote into the channel between the kernel and its engine, so its process was ended';
    if (this.#isOverdue) return 'it did not end when interrupted, so its process was ended';
    if (/heap out of memory|Allocation failed/.test(this.#lastWords)) {
      return "it ran out of memory; NODE_OPTIONS=--max-old-space-size=… in the kernel's environment allows more";
    }
    return signal === null ? `its process ended with status ${code}` : `its process was ended by ${signal}`;
  }
}
