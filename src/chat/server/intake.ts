/**
 * The lines of one client, served one after the other, as fast as it may and no faster.
 *
 * @module
 */
import { ClassicDecoder } from '../protocol/classic-decoder.js';
import type { ChatLimits } from '../protocol/limits.js';
import { type FaultyLine, LineDecoder } from '../protocol/line-decoder.js';
import { Allowance } from './allowance.js';
import type { Clock } from './clock.js';
import type { Dialect } from './event.js';
import type { Link } from './link.js';

/** Why no line is served: flood control, answers not read, messages that wait for their recipients, a login under way. */
export type Hold = 'pace' | 'answers' | 'room' | 'login';

/** Whose lines they are. */
export interface IntakeHost {
  readonly link: Link;
  /** Serves one line. */
  serve(line: string | FaultyLine): void;
  /** Flood control has begun to hold the lines. */
  slowedDown(): void;
  /** The input has ended, and every line of it has been served. */
  finished(): void;
}

/** The least that flood control waits, in milliseconds: a timer for each line would cost more than the line. */
const shortestWaitMs = 50;

/** Takes bytes, serves lines. While it is held nothing is read, and what has been read waits. */
export class Intake {
  readonly #host: IntakeHost;
  readonly #clock: Clock;
  readonly #allowance: Allowance;
  #decoder: LineDecoder | ClassicDecoder | undefined;
  #held: Hold | undefined;
  #isRunning = false;
  #isOver = false;
  #isStopped = false;

  constructor(host: IntakeHost, limits: ChatLimits, clock: Clock) {
    this.#host = host;
    this.#clock = clock;
    this.#allowance = new Allowance(limits.burst, limits.linesPerSecond, clock.now());
  }

  get held(): Hold | undefined {
    return this.#held;
  }

  /** Whether the client has ended its side while lines of it still wait. */
  get isLeft(): boolean {
    return this.#isOver && !this.#isStopped && this.#decoder?.isEmpty === false;
  }

  /** Reads what comes in this dialect, at most `lineBytes` a line. */
  begin(dialect: Dialect, lineBytes: number): void {
    this.#decoder = dialect === 'line' ? new LineDecoder(lineBytes) : new ClassicDecoder(lineBytes);
  }

  /** Takes what one read found. */
  push(chunk: Uint8Array): void {
    this.#decoder!.push(chunk);
    this.run();
  }

  /** Takes half a character for what it is, when the other half has not come. */
  flush(): void {
    if (!(this.#decoder instanceof ClassicDecoder) || this.#held !== undefined) return;
    this.#decoder.flush();
    this.run();
  }

  /** No more bytes come. The lines that are there are served first. */
  end(): void {
    this.#isOver = true;
    this.run();
  }

  /** No more lines are served. */
  stop(): void {
    this.#isStopped = true;
  }

  /** What the line being served costs beyond one. */
  charge(cost: number): void {
    this.#allowance.take(cost);
  }

  /** Serves no more lines until `release()` with the same reason. */
  hold(reason: Hold): void {
    this.#held = reason;
    this.#host.link.pause();
  }

  release(reason: Hold): void {
    if (this.#held !== reason) return;
    this.#held = undefined;
    this.run();
    if (this.#held === undefined) this.#host.link.resume();
  }

  /** Serves line after line, until there is none, or one has to wait. */
  run(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    const now = this.#clock.now();
    while (this.#held === undefined && !this.#isStopped) {
      const line = this.#decoder?.next();
      if (line === undefined) {
        if (!this.#isOver) break;
        this.#isStopped = true;
        this.#host.finished();
        break;
      }
      const waitMs = this.#allowance.wait(now);
      if (waitMs > 0) {
        this.#decoder!.back();
        this.#slowDown(waitMs);
      } else if (this.#host.link.isCongested) {
        // A client that does not read its own answers is not asked for more lines.
        this.#decoder!.back();
        this.hold('answers');
      } else {
        this.#host.serve(line);
        this.#allowance.take(1);
      }
    }
    this.#isRunning = false;
  }

  #slowDown(ms: number): void {
    this.hold('pace');
    this.#host.slowedDown();
    this.#clock.after(Math.max(ms, shortestWaitMs), () => this.release('pace'));
  }
}
