/**
 * Starts a kernel's process and sees it off: whatever happens, none is left behind.
 *
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { NotebookError } from '../../errors.js';
import { KernelClient } from '../protocol/client.js';
import { type Connection, createConnection, hasIpc } from '../protocol/connection.js';
import type { JsonObject } from '../protocol/message.js';

/** How long a kernel has to answer for the first time, in milliseconds. */
const START_LIMIT_MS = 60_000;
/** How long it has to end when asked to, in milliseconds. */
const STOP_LIMIT_MS = 3000;
/** How much of what it says on its standard error to keep. */
const LAST_WORDS = 4000;

/** What a kernel spec says of how to start its kernel. */
export interface KernelSpec {
  readonly name: string;
  /** `{connection_file}` stands for the connection file's path. */
  readonly argv: readonly string[];
  readonly displayName: string;
  readonly language: string;
  readonly env: Readonly<Record<string, string>>;
  readonly interruptMode: 'signal' | 'message';
  /** Whether the kernel takes `ipc` addresses. */
  readonly takesIpc: boolean;
}

/** Our own kernel, whether installed or not. */
export function ownKernelSpec(): KernelSpec {
  const program = fileURLToPath(new URL('../../cli/main.js', import.meta.url));
  return {
    name: 'tslab',
    argv: [process.execPath, program, 'kernel', 'start', '{connection_file}'],
    displayName: 'TypeScript (wirebook)',
    language: 'typescript',
    env: {},
    interruptMode: 'message',
    takesIpc: true,
  };
}

/** A kernel that runs. */
export class RunningKernel {
  readonly client: KernelClient;
  readonly spec: KernelSpec;
  /** What it said of itself. */
  info: JsonObject = {};
  readonly #process: ChildProcess;
  readonly #connection: Connection;
  readonly #ended: Promise<void>;
  readonly #onExit = (): void => this.kill();
  #lastWords = '';
  #isStopping = false;

  private constructor(spec: KernelSpec, child: ChildProcess, connection: Connection) {
    this.spec = spec;
    this.#process = child;
    this.#connection = connection;
    this.client = new KernelClient(connection.info);
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.#lastWords = (this.#lastWords + text).slice(-LAST_WORDS);
    });
    process.on('exit', this.#onExit);
    this.#ended = new Promise((resolve) => {
      child.once('error', (cause) => this.#end(resolve, cause.message, cause));
      child.once('close', (code, signal) =>
        this.#end(resolve, signal === null ? `it ended with status ${code}` : `it was ended by ${signal}`),
      );
    });
  }

  /**
   * Starts a kernel in `folder` and waits until it answers.
   *
   * @throws NotebookError `NO_KERNEL` when it does not
   */
  static async start(spec: KernelSpec, folder: string, signal?: AbortSignal): Promise<RunningKernel> {
    const connection = await createConnection(spec.takesIpc && hasIpc() ? 'ipc' : 'tcp', spec.name);
    const [command, ...args] = spec.argv.map((arg) => arg.replaceAll('{connection_file}', connection.path));
    const child = spawn(command!, args, {
      cwd: folder,
      env: { ...process.env, ...spec.env, JPY_PARENT_PID: String(process.pid) },
      stdio: ['ignore', 'ignore', 'pipe'],
      // Away from the terminal's Ctrl-C, which is for the runner to pass on.
      detached: process.platform !== 'win32',
    });
    const kernel = new RunningKernel(spec, child, connection);
    const limit = setTimeout(
      () => kernel.client.fail(kernel.#failure(`no answer within ${START_LIMIT_MS / 1000} s`)),
      START_LIMIT_MS,
    );
    const abort = (): void =>
      kernel.client.fail(new NotebookError('INTERRUPTED', 'Cannot run the notebook: interrupted'));
    signal?.addEventListener('abort', abort);
    try {
      if (signal?.aborted) abort();
      kernel.info = await kernel.client.ready();
      return kernel;
    } catch (error) {
      await kernel.stop();
      throw error instanceof NotebookError && error.code === 'KERNEL_DIED' ? kernel.#failure(error.message) : error;
    } finally {
      clearTimeout(limit);
      signal?.removeEventListener('abort', abort);
    }
  }

  /** Interrupts what runs, the way the kernel's spec wants it. */
  interrupt(): void {
    if (this.spec.interruptMode === 'message') {
      this.client.request('interrupt_request', {}, 'control').catch(() => {}); // the cell's own wait tells
    } else this.#process.kill('SIGINT');
  }

  /** Asks the kernel to end, and ends it if it does not. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    if (this.#isAlive) {
      const limit = setTimeout(() => this.kill(), STOP_LIMIT_MS);
      this.client.request('shutdown_request', { restart: false }, 'control').catch(() => {}); // its end is waited for below
      await this.#ended;
      clearTimeout(limit);
    }
    process.off('exit', this.#onExit);
    this.client.close();
    await this.#connection.remove();
  }

  /** Ends the kernel's processes at once. */
  kill(): void {
    if (!this.#isAlive) return;
    const { pid } = this.#process;
    if (pid === undefined || process.platform === 'win32') this.#process.kill('SIGKILL');
    else process.kill(-pid, 'SIGKILL');
  }

  get #isAlive(): boolean {
    return this.#process.pid !== undefined && this.#process.exitCode === null && this.#process.signalCode === null;
  }

  #end(resolve: () => void, reason: string, cause?: unknown): void {
    const words = this.#lastWords.trim() === '' ? '' : `; its last words were: ${this.#lastWords.trim()}`;
    if (!this.#isStopping) this.client.fail(new NotebookError('KERNEL_DIED', reason + words, { cause }));
    resolve();
  }

  #failure(reason: string): NotebookError {
    return new NotebookError('NO_KERNEL', `Cannot start kernel ${this.spec.name}: ${reason}`);
  }
}
