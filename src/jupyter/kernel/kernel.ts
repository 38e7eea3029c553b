/**
 * The TypeScript kernel: what it answers to each request of the Jupyter messaging protocol.
 * https://jupyter-client.readthedocs.io/en/stable/messaging.html
 *
 * Sockets live here and cells in another process, the engine, so that a cell can neither block a heartbeat nor take an
 * unfinished reply down with it.
 *
 * @module
 */
import { Publisher, Reply, Router } from 'zeromq';
import { type ConnectionInfo, endpoint } from '../protocol/connection.js';
import { type JsonObject, type Message, Session } from '../protocol/message.js';
import { Engine } from './engine/host.js';
import type { EngineReport, ExecuteOutcome, Failure } from './engine/protocol.js';
import { History } from './history.js';
import { kernelInfo } from './kernel-info.js';
import { type Ask, complete, inspect, isComplete } from './questions.js';
import { StreamBuffer } from './stream-buffer.js';

/** How long the kernel waits for one-shot timers of a cell nobody watches, in milliseconds. */
const SETTLE_MS = 1000;
/** How long it looks for requests that were sent before their sender can have known of a failure, in milliseconds. */
const DRAIN_MS = 10;
/** Cells whose late output still finds its way. */
const REMEMBERED_CELLS = 10_000;

/** What our own runner says in a request's metadata, beyond the protocol. */
export interface RunnerMetadata {
  /** How long to wait for one-shot timers that the cell left, in milliseconds. */
  settleMs: number;
}

/** A kernel, from its sockets' opening to its end. */
export class Kernel {
  readonly #info: ConnectionInfo;
  readonly #session: Session;
  readonly #shell = new Router({ sendHighWaterMark: 0, receiveHighWaterMark: 0, linger: 1000 });
  readonly #control = new Router({ sendHighWaterMark: 0, linger: 1000 });
  readonly #stdin = new Router({ sendHighWaterMark: 0 });
  readonly #iopub = new Publisher({ sendHighWaterMark: 0, linger: 1000 });
  readonly #heartbeat = new Reply();
  readonly #history = new History();
  readonly #streams = new StreamBuffer((id, name, text) => this.#publish('stream', { name, text }, this.#parent(id)));
  /** Requests by the number under which the engine knows them. */
  readonly #requests = new Map<number, { message: Message; cell: string }>();
  #engine: Engine;
  #queue: Message[] = [];
  #isServing = false;
  #count = 0;
  #lastId = 0;
  #running: { id: number; died(failure: Failure): void } | undefined;
  #isReady = false;
  #ready: Promise<void> = Promise.resolve();
  #setReady: () => void = () => {};
  /** A failure that came after its cell's reply, and that no reply has told yet. */
  #untold: { failure: Failure; cell: string } | undefined;
  #asking: Message | undefined;
  readonly #end: () => void;

  /** @param end called once the kernel has shut down and its process is to end */
  constructor(info: ConnectionInfo, end: () => void) {
    this.#info = info;
    this.#session = new Session(info.key, 'kernel');
    this.#end = end;
    this.#engine = this.#startEngine();
  }

  /** Opens the sockets and serves them until shutdown. */
  async listen(): Promise<void> {
    await Promise.all([
      this.#shell.bind(endpoint(this.#info, 'shell')),
      this.#control.bind(endpoint(this.#info, 'control')),
      this.#stdin.bind(endpoint(this.#info, 'stdin')),
      this.#iopub.bind(endpoint(this.#info, 'iopub')),
      this.#heartbeat.bind(endpoint(this.#info, 'hb')),
    ]);
    this.#publish('status', { execution_state: 'starting' });
    void this.#serve(this.#shell, (message) => {
      this.#queue.push(message);
      void this.#work();
    });
    void this.#serve(this.#control, (message) => void this.#handle(message, this.#control));
    void this.#serve(this.#stdin, (message) => this.#takeInput(message));
    for await (const frames of this.#heartbeat) await this.#heartbeat.send(frames);
  }

  /** Interrupts the running cell. */
  interrupt(): void {
    if (this.#asking !== undefined) {
      this.#asking = undefined;
      this.#engine.reply({ interrupted: true });
    } else if (this.#running !== undefined) this.#engine.interrupt(this.#running.id);
  }

  /** Ends the engine and whatever its cells left open. */
  stop(): void {
    this.#engine.stop();
  }

  async #serve(socket: Router, take: (message: Message) => void): Promise<void> {
    for await (const frames of socket) {
      const message = this.#session.decode(frames);
      if (message !== undefined) take(message);
    }
  }

  /** Takes the shell's requests one after the other. */
  async #work(): Promise<void> {
    if (this.#isServing) return;
    this.#isServing = true;
    for (let message = this.#queue.shift(); message !== undefined; message = this.#queue.shift()) {
      await this.#handle(message, this.#shell);
    }
    this.#isServing = false;
  }

  async #handle(request: Message, socket: Router): Promise<void> {
    this.#publish('status', { execution_state: 'busy' }, request);
    const type = request.header.msg_type;
    try {
      const content = await this.#answer(type, request, socket);
      if (content !== undefined) await this.#reply(socket, request, content);
    } finally {
      this.#streams.flush();
      this.#publish('status', { execution_state: 'idle' }, request);
    }
    if (type === 'shutdown_request') this.#shutDown();
  }

  async #answer(type: string, request: Message, socket: Router): Promise<JsonObject | undefined> {
    const { content } = request;
    switch (type) {
      case 'kernel_info_request':
        // Who asks on the shell wants to run something next.
        if (socket === this.#shell) await this.#ready;
        return kernelInfo();
      case 'execute_request':
        return this.#execute(request, socket);
      case 'complete_request':
        return complete(this.#ask, content);
      case 'inspect_request':
        return inspect(this.#ask, content);
      case 'is_complete_request':
        return isComplete(this.#ask, content);
      case 'history_request':
        return { status: 'ok', history: this.#history.find(content) };
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
      default:
        return undefined;
    }
  }

  async #execute(request: Message, socket: Router): Promise<JsonObject> {
    const { content } = request;
    const code = String(content.code ?? '');
    const isSilent = content.silent === true;
    const isStored = !isSilent && content.store_history !== false;
    if (isStored) {
      this.#count += 1;
      this.#history.add(this.#count, code);
    }
    if (!isSilent) this.#publish('execute_input', { code, execution_count: this.#count }, request);
    const outcome = await this.#run(request, code, isSilent);
    this.#streams.flush();
    const failure = outcome.failure ?? this.#tellLate(request);
    if (failure !== undefined) {
      const { ename, evalue, traceback } = failure;
      const metadata = { wirebook: { code: failure.code, line: failure.line } };
      if (!isSilent) this.#publish('error', { ename, evalue, traceback }, request, metadata);
      if (content.stop_on_error !== false) await this.#abortQueued(socket);
      return {
        status: 'error',
        execution_count: this.#count,
        ename,
        evalue,
        traceback,
        user_expressions: {},
        payload: [],
      };
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
    const death = new Promise<ExecuteOutcome>((resolve) => {
      this.#running = { id, died: (failure) => resolve({ failure }) };
    });
    const done = this.#engine.ask({
      type: 'execute',
      id,
      code,
      count: silent ? undefined : this.#count,
      silent,
      mayAsk: content.allow_stdin === true,
      settleMs: runner?.settleMs ?? (content.allow_stdin === true ? 0 : SETTLE_MS),
      expressions: (content.user_expressions ?? {}) as Record<string, string>,
    });
    const outcome = (await Promise.race([done, death])) as ExecuteOutcome;
    this.#running = undefined;
    return outcome;
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

  /** Answers the execute requests that were queued behind a failure. */
  async #abortQueued(socket: Router): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, DRAIN_MS));
    const waiting = this.#queue;
    this.#queue = [];
    for (const request of waiting) {
      if (request.header.msg_type !== 'execute_request') {
        this.#queue.push(request);
        continue;
      }
      this.#publish('status', { execution_state: 'busy' }, request);
      await this.#reply(socket, request, { status: 'aborted' });
      this.#publish('status', { execution_state: 'idle' }, request);
    }
  }

  readonly #ask: Ask = async (question) => (await this.#engine.ask({ ...question, id: ++this.#lastId })) as JsonObject;

  #startEngine(): Engine {
    this.#isReady = false;
    this.#ready = new Promise((resolve) => {
      this.#setReady = resolve;
    });
    return new Engine({
      report: (report) => this.#takeReport(report),
      raw: (name, text) => this.#streams.add(this.#running?.id ?? this.#lastId, name, text),
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
      const request = this.#session.message(
        'input_request',
        { prompt: report.prompt, password: report.password },
        parent,
      );
      void this.#stdin.send(this.#session.encode(request) as Buffer[]);
    }
  }

  #failLate(id: number | undefined, failure: Failure): void {
    const { ename, evalue, traceback } = failure;
    const metadata = { wirebook: { code: failure.code, line: failure.line, late: true } };
    this.#publish('error', { ename, evalue, traceback }, this.#parent(id), metadata);
    this.#untold ??= { failure, cell: this.#requests.get(id ?? 0)?.cell ?? 'an earlier cell' };
  }

  #engineDied(reason: string): void {
    this.#streams.flush();
    if (!this.#isReady) {
      process.stderr.write(`Cannot start the TypeScript engine: ${reason}\n`);
      this.#end();
      return;
    }
    const evalue = `The cell took the kernel down: ${reason}. All values are lost; run the notebook again from the top`;
    const failure: Failure = {
      code: 'KERNEL_DIED',
      ename: 'KernelDied',
      evalue,
      traceback: [`\x1b[31m\x1b[1mKernelDied\x1b[0m: ${evalue}`],
    };
    const running = this.#running;
    this.#engine = this.#startEngine();
    if (running !== undefined) running.died(failure);
    else this.#failLate(this.#lastId, failure);
  }

  #takeInput(message: Message): void {
    if (message.header.msg_type !== 'input_reply' || this.#asking === undefined) return;
    this.#asking = undefined;
    this.#engine.reply({ value: String(message.content.value ?? '') });
  }

  #shutDown(): void {
    this.#engine.stop();
    // The replies are on their way; closing waits for them, as long as `linger` says.
    for (const socket of [this.#shell, this.#control, this.#stdin, this.#iopub, this.#heartbeat]) socket.close();
    this.#end();
  }

  #remember(request: Message): number {
    const id = ++this.#lastId;
    this.#requests.set(id, { message: request, cell: `cell ${this.#count}` });
    if (this.#requests.size > REMEMBERED_CELLS) this.#requests.delete(this.#requests.keys().next().value!);
    return id;
  }

  #parent(id: number | undefined): Message | undefined {
    return id === undefined ? undefined : this.#requests.get(id)?.message;
  }

  #publish(type: string, content: JsonObject, parent?: Message, metadata?: JsonObject): void {
    const message = this.#session.message(type, content, parent, metadata);
    message.identities = [Buffer.from(type)]; // the topic; subscribers take all
    void this.#iopub.send(this.#session.encode(message) as Buffer[]);
  }

  async #reply(socket: Router, request: Message, content: JsonObject): Promise<void> {
    const type = request.header.msg_type.replace(/_request$/, '_reply');
    await socket.send(this.#session.encode(this.#session.message(type, content, request)) as Buffer[]);
  }
}
