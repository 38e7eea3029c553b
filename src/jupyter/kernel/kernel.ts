/**
 * The TypeScript kernel: what it answers to each request of the Jupyter messaging protocol.
 * https://jupyter-client.readthedocs.io/en/stable/messaging.html
 *
 * Sockets live here and cells in another process, the engine, so that a cell can neither block a heartbeat nor take an
 * unfinished reply down with it.
 *
 * @module
 */
import type { ConnectionInfo } from '../protocol/connection.js';
import type { JsonObject, Message } from '../protocol/message.js';
import { Channels, type Desk, within } from './channels.js';
import { Engine, EngineEnded } from './engine/host.js';
import type { EngineReport, ExecuteOutcome, ExecuteRequest, Failure, Settlement } from './engine/protocol.js';
import { History } from './history.js';
import { HistoryFile } from './history-file.js';
import { kernelInfo } from './kernel-info.js';
import { type Ask, complete, inspect, isComplete } from './questions.js';
import { type RunnerMetadata, SETTLE_REQUEST } from './runner-words.js';
import { StreamBuffer } from './stream-buffer.js';

/** How long it looks for cells that were sent before their sender can have known of a failure, in milliseconds. */
const DRAIN_MS = 10;
/** How long an error may take to leave before it is replied, in milliseconds. */
const TELL_MS = 1000;
/** How long the last inputs have to be written when the kernel ends, in milliseconds. */
const HISTORY_MS = 1000;
/** Cells whose late output still finds its way. */
const REMEMBERED_CELLS = 10_000;
/** Requests that are answered while a cell runs, whichever socket they come on. */
const URGENT = ['interrupt_request', 'shutdown_request'];

/** A request that waits for its turn. */
interface Queued {
  readonly request: Message;
  readonly desk: Desk;
}

/** A kernel, from its sockets' opening to its end. */
export class Kernel {
  readonly #channels: Channels;
  readonly #history = new History(new HistoryFile());
  readonly #streams = new StreamBuffer((id, name, text) => this.#publish('stream', { name, text }, this.#parent(id)));
  /** Requests by the number under which the engine knows them. */
  readonly #requests = new Map<number, { message: Message; cell: string }>();
  #engine: Engine;
  #queue: Queued[] = [];
  #isServing = false;
  #isEnding = false;
  #count = 0;
  #lastId = 0;
  #running: number | undefined;
  #isReady = false;
  #ready: Promise<void> = Promise.resolve();
  #setReady: () => void = () => {};
  /** A failure that came after its cell's reply, and that no reply has told yet. */
  #untold: { failure: Failure; cell: string } | undefined;
  #asking: Message | undefined;
  readonly #end: () => void;

  /** @param end called once the kernel has shut down and its process is to end */
  constructor(info: ConnectionInfo, end: () => void) {
    this.#channels = new Channels(info, () => this.#engine.resume());
    this.#end = end;
    this.#engine = this.#startEngine();
  }

  /** Opens the sockets and serves them until shutdown. */
  async listen(): Promise<void> {
    await this.#channels.open();
    this.#publish('status', { execution_state: 'starting' });
    await this.#channels.serve(
      (request, desk) => this.#take(request, desk),
      (message) => this.#takeInput(message),
    );
  }

  /** Interrupts the running cell. */
  interrupt(): void {
    if (this.#asking !== undefined) {
      this.#asking = undefined;
      this.#engine.reply({ interrupted: true });
    } else if (this.#running !== undefined) this.#engine.interrupt(this.#running);
  }

  /** Ends the engine and whatever its cells left open. */
  stop(): void {
    this.#engine.stop();
  }

  /** The shell's requests one after the other, and cells wherever they come from; the rest at once. */
  #take(request: Message, desk: Desk): void {
    const type = request.header.msg_type;
    if (URGENT.includes(type) || (desk === 'control' && type !== 'execute_request')) {
      void this.#handle(request, desk);
      return;
    }
    this.#queue.push({ request, desk });
    if (!this.#isServing) void this.#work();
  }

  async #work(): Promise<void> {
    this.#isServing = true;
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      await this.#handle(next.request, next.desk);
    }
    this.#isServing = false;
  }

  /** Answers one request, whatever comes of it, between its busy and its idle. */
  async #handle(request: Message, desk: Desk): Promise<void> {
    this.#publish('status', { execution_state: 'busy' }, request);
    const type = request.header.msg_type;
    const content = await this.#answer(type, request, desk).catch((error: unknown) =>
      error instanceof EngineEnded && this.#isEnding ? { status: 'aborted' } : refusal(error as Error),
    );
    const stops = type === 'execute_request' && content?.status === 'error' && request.content.stop_on_error !== false;
    const behind = stops ? await this.#takeCellsBehind() : [];
    if (content !== undefined) this.#channels.reply(desk, request, content);
    this.#streams.flush();
    this.#publish('status', { execution_state: 'idle' }, request);
    this.#abort(behind);
    if (type === 'shutdown_request') await this.#shutDown();
  }

  async #answer(type: string, request: Message, desk: Desk): Promise<JsonObject | undefined> {
    const { content } = request;
    switch (type) {
      case 'kernel_info_request':
        // Who asks on the shell wants to run something next.
        if (desk === 'shell') await this.#ready;
        return kernelInfo();
      case 'execute_request':
        return this.#execute(request);
      case 'complete_request':
        return complete(this.#ask, content);
      case 'inspect_request':
        return inspect(this.#ask, content);
      case 'is_complete_request':
        return isComplete(this.#ask, content);
      case 'history_request':
        return { status: 'ok', history: await this.#history.find(content) };
      case 'comm_info_request':
        return { status: 'ok', comms: {} };
      case 'comm_open':
        // No comm targets here; the protocol wants an unknown one closed at once.
        this.#publish('comm_close', { comm_id: content.comm_id, data: {} }, request);
        return undefined;
      case 'interrupt_request':
        this.interrupt();
        return { status: 'ok' };
      case 'shutdown_request':
        this.#publish('shutdown_reply', { status: 'ok', restart: content.restart === true }, request);
        return { status: 'ok', restart: content.restart === true };
      case SETTLE_REQUEST:
        return this.#settle(content);
      default:
        if (!type.endsWith('_request')) return undefined;
        throw new Error(`Cannot answer ${type}: this kernel does not know it`);
    }
  }

  async #execute(request: Message): Promise<JsonObject> {
    const { content } = request;
    const code = String(content.code ?? '');
    const isSilent = content.silent === true;
    const isStored = !isSilent && content.store_history !== false;
    if (isStored) {
      this.#count += 1;
      // nbconvert, nbgrader and our runner run what nobody has typed.
      const isTyped = content.allow_stdin === true && request.metadata.wirebook === undefined;
      this.#history.add(this.#count, code, isTyped);
    }
    if (!isSilent) this.#publish('execute_input', { code, execution_count: this.#count }, request);
    const outcome = await this.#run(request, code, isSilent);
    this.#streams.flush();
    const failure = outcome.failure ?? this.#tellLate(request);
    if (failure !== undefined) {
      const { ename, evalue, traceback } = failure;
      const metadata = { wirebook: { code: failure.code, line: failure.line } };
      if (!isSilent) this.#publish('error', { ename, evalue, traceback }, request, metadata);
      const told = { status: 'error', execution_count: this.#count, ename, evalue, traceback };
      return { ...told, user_expressions: {}, payload: [] };
    }
    if (outcome.result !== undefined) {
      this.#publish('execute_result', { execution_count: this.#count, data: outcome.result, metadata: {} }, request);
    }
    return { status: 'ok', execution_count: this.#count, user_expressions: outcome.expressions ?? {}, payload: [] };
  }

  async #run(request: Message, code: string, silent: boolean): Promise<ExecuteOutcome> {
    const { content } = request;
    const id = this.#remember(request);
    const runner = request.metadata.wirebook as RunnerMetadata | undefined;
    const asked: ExecuteRequest = {
      type: 'execute',
      id,
      code,
      count: silent ? undefined : this.#count,
      silent,
      mayAsk: content.allow_stdin === true,
      settles: runner === undefined && content.allow_stdin !== true,
      expressions: expressionsOf(content.user_expressions),
      ...(typeof runner?.timeoutMs === 'number' ? { timeoutMs: runner.timeoutMs } : {}),
    };
    this.#running = id;
    try {
      return (await this.#engine.ask(asked)) as ExecuteOutcome;
    } catch (error) {
      if (!(error instanceof EngineEnded) || this.#isEnding) throw error;
      return { failure: deathOf(error.message) };
    } finally {
      this.#running = undefined;
    }
  }

  /** Waits for what the cells started; late failures are published as theirs. */
  async #settle(content: JsonObject): Promise<JsonObject> {
    const id = ++this.#lastId;
    this.#running = id;
    try {
      const found = await this.#engine.ask({ type: 'settle', id, limitMs: Number(content.limit_ms ?? 0) });
      if (typeof (found as JsonObject).failed === 'string') throw new Error(String((found as JsonObject).failed));
      return { status: 'ok', ...(found as Settlement) };
    } catch (error) {
      if (error instanceof EngineEnded && !this.#isEnding) this.#failLate(this.#lastCell(), deathOf(error.message));
      throw error;
    } finally {
      this.#running = undefined;
    }
  }

  /**
   * Where nobody watches (nbconvert, nbgrader), only replies are read: a failure that came too late for its own cell's
   * reply fails the next one, so that the run is not taken for a good one.
   */
  #tellLate(request: Message): Failure | undefined {
    const untold = this.#untold;
    if (untold === undefined) return undefined;
    this.#untold = undefined;
    if (request.content.allow_stdin === true || request.metadata.wirebook !== undefined) return undefined;
    const { failure, cell } = untold;
    return { ...failure, evalue: `${failure.evalue} (in ${cell}, after it had ended)` };
  }

  /**
   * Takes the cells out of the queue that were sent before their sender can have known of a failure: once the failure is
   * published, and before it is replied.
   */
  async #takeCellsBehind(): Promise<Queued[]> {
    await this.#channels.published(TELL_MS);
    await new Promise((resolve) => setTimeout(resolve, DRAIN_MS));
    return this.#takeCells();
  }

  #takeCells(): Queued[] {
    const isCell = ({ request }: Queued): boolean => request.header.msg_type === 'execute_request';
    const cells = this.#queue.filter(isCell);
    this.#queue = this.#queue.filter((queued) => !isCell(queued));
    return cells;
  }

  #abort(cells: readonly Queued[]): void {
    for (const { request, desk } of cells) {
      this.#publish('status', { execution_state: 'busy' }, request);
      this.#channels.reply(desk, request, { status: 'aborted' });
      this.#publish('status', { execution_state: 'idle' }, request);
    }
  }

  readonly #ask: Ask = async (question) => {
    const found = (await this.#engine.ask({ ...question, id: ++this.#lastId })) as JsonObject;
    if (typeof found.failed === 'string') throw new Error(found.failed);
    return found;
  };

  #startEngine(): Engine {
    this.#isReady = false;
    this.#ready = new Promise((resolve) => {
      this.#setReady = resolve;
    });
    return new Engine({
      report: (report) => this.#takeReport(report),
      raw: (name, text) => this.#streams.add(this.#running ?? this.#lastId, name, text),
      died: (reason) => this.#engineDied(reason),
    });
  }

  #takeReport(report: EngineReport): void {
    if (report.type === 'ready') {
      this.#isReady = true;
      this.#setReady();
      return;
    }
    if (report.type === 'done' || report.type === 'answer') return;
    if (report.type === 'stream') {
      this.#streams.add(report.id, report.name, report.text);
      return;
    }
    this.#streams.flush();
    const parent = this.#parent(report.id);
    if (report.type === 'display') {
      const transient = report.displayId === undefined ? {} : { display_id: report.displayId };
      const type = report.update ? 'update_display_data' : 'display_data';
      this.#publish(type, { data: report.data, metadata: {}, transient }, parent);
    } else if (report.type === 'clear') this.#publish('clear_output', { wait: report.wait }, parent);
    else if (report.type === 'late') this.#failLate(report.id, report.failure);
    else if (report.type === 'input' && parent !== undefined) {
      this.#asking = parent;
      this.#channels.ask(parent, report.prompt, report.password);
    }
  }

  #failLate(id: number | undefined, failure: Failure): void {
    const { ename, evalue, traceback } = failure;
    const metadata = { wirebook: { code: failure.code, line: failure.line, late: true } };
    this.#publish('error', { ename, evalue, traceback }, this.#parent(id) ?? this.#parent(this.#lastCell()), metadata);
    this.#untold ??= { failure, cell: this.#requests.get(id ?? 0)?.cell ?? 'an earlier cell' };
  }

  #engineDied(reason: string): void {
    this.#streams.flush();
    if (!this.#isReady) {
      process.stderr.write(`Cannot start the TypeScript engine: ${reason}\n`);
      this.#end();
      return;
    }
    this.#asking = undefined;
    this.#engine = this.#startEngine();
    // A running cell hears of it where it is waited for.
    if (this.#running === undefined) this.#failLate(this.#lastCell(), deathOf(reason));
  }

  #takeInput(message: Message): void {
    if (message.header.msg_type !== 'input_reply' || this.#asking === undefined) return;
    this.#asking = undefined;
    this.#engine.reply({ value: String(message.content.value ?? '') });
  }

  async #shutDown(): Promise<void> {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#abort(this.#takeCells());
    const ended = this.#engine.ended;
    this.#engine.stop();
    await within(this.#history.written(), HISTORY_MS);
    await ended; // so that a running cell's request is answered too
    await this.#channels.close();
    this.#end();
  }

  #remember(request: Message): number {
    const id = ++this.#lastId;
    this.#requests.set(id, { message: request, cell: `cell ${this.#count}` });
    if (this.#requests.size > REMEMBERED_CELLS) this.#requests.delete(this.#requests.keys().next().value!);
    return id;
  }

  #lastCell(): number | undefined {
    return [...this.#requests.keys()].at(-1);
  }

  #parent(id: number | undefined): Message | undefined {
    return id === undefined ? undefined : this.#requests.get(id)?.message;
  }

  #publish(type: string, content: JsonObject, parent?: Message, metadata?: JsonObject): void {
    this.#channels.publish(type, content, parent, metadata);
    if (this.#channels.isFull) this.#engine.pause();
  }
}

/** What becomes of a cell, and of all values, when the engine's process ends under it. */
function deathOf(reason: string): Failure {
  const evalue = `The cell took the kernel down: ${reason}. All values are lost; run the notebook again from the top`;
  return {
    code: 'KERNEL_DIED',
    ename: 'KernelDied',
    evalue,
    traceback: [`\x1b[31m\x1b[1mKernelDied\x1b[0m: ${evalue}`],
  };
}

/** The answer to what could not be answered. */
function refusal({ name, message }: Error): JsonObject {
  return { status: 'error', ename: name, evalue: message, traceback: [`${name}: ${message}`] };
}

function expressionsOf(value: unknown): Record<string, string> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return {};
  return Object.fromEntries(Object.entries(value).map(([name, code]) => [name, String(code)]));
}
