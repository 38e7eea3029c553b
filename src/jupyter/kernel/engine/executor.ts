/**
 * Runs cells: compiles one, evaluates it where the values of earlier cells are, and turns what came of it into an
 * outcome.
 *
 * @module
 */
import Module, { createRequire } from 'node:module';
import { dirname, extname, join, resolve } from 'node:path';
import { bundleOf } from './bundle.js';
import { Cell, CellFault } from './cell.js';
import type { Completeness } from './completeness.js';
import { type Completion, type Conversion, Converter, metadataOf } from './converter.js';
import { diagnosticFailure, failureOf } from './failure.js';
import { runInThisContext, turn, whenSettled } from './primordials.js';
import type { ExecuteOutcome, ExecuteRequest, MimeBundle } from './protocol.js';
import type { QuickInfo } from './quick-info.js';
import { ShownHandle } from './shown-handle.js';
import { keepSource } from './stack.js';
import { guarded } from './unwind.js';

type CellFunction = (exports: object, require: NodeJS.Require) => unknown;
type CompiledModule = NodeJS.Module & { _compile(code: string, filename: string): void };

/** The state of a notebook: its values, its declarations, the modules it imported. */
export class Executor {
  readonly #converter = new Converter();
  readonly #values: Record<string, unknown> = {};
  readonly #exports = rewritable(this.#values);
  readonly #folder = process.cwd();
  /** JavaScript made from TypeScript files beside the notebook, by path. */
  readonly #sideOutputs = new Map<string, string>();
  readonly #sideModules = new Map<string, NodeJS.Module>();
  readonly #require = this.#hooked(createRequire(join(this.#folder, 'cell.js')), this.#folder);
  #declarations = '';

  /**
   * Runs a cell. Whether it was good is for the cell to say, not for what is given back: its value and its answers, which
   * count only if it was.
   *
   * @param settle waits, after the cell's end, for what it left
   */
  async execute(cell: Cell, settle: (cell: Cell) => Promise<void>): Promise<ExecuteOutcome> {
    const { request } = cell;
    const outcome: ExecuteOutcome = {};
    await cell.run(async () => {
      const value = await this.#evaluate(cell, request.code);
      if (cell.fault === undefined && !request.silent && isWorthShowing(value)) outcome.result = await bundleOf(value);
      // A rejection nobody handles is known once the microtasks are through.
      await turn();
    });
    if (cell.fault === undefined) await settle(cell);
    if (cell.fault === undefined && Object.keys(request.expressions).length > 0) {
      outcome.expressions = await this.#evaluateAll(request);
    }
    return outcome;
  }

  /** To be called once, when a first cell has been answered and nobody waits. */
  keepCompiler(): void {
    this.#converter.keepCompiler();
  }

  /** Names that fit at `cursor`, in UTF-16 code units. */
  complete(code: string, cursor: number): Completion {
    return guarded(() => this.#converter.complete(this.#declarations, code, cursor));
  }

  /** What is known at `cursor`, in UTF-16 code units. */
  inspect(code: string, cursor: number): QuickInfo[] {
    return guarded(() => this.#converter.inspect(this.#declarations, code, cursor));
  }

  /** Whether a text says all it has to say. */
  completeness(code: string): Completeness {
    return guarded(() => this.#converter.completeness(this.#declarations, code));
  }

  async #evaluate(cell: Cell, code: string): Promise<unknown> {
    const metadata = metadataOf(code);
    if (metadata.module !== undefined) {
      const { module } = metadata;
      const diagnostics = guarded(() => Cell.outside(() => this.#converter.addModule(module, code, metadata)));
      if (diagnostics.length > 0) cell.refuse(diagnosticFailure(cell.name, code, diagnostics));
      cell.complete();
      return undefined;
    }
    const conversion = guarded(() => Cell.outside(() => this.#converter.convert(this.#declarations, code)));
    for (const { path, data } of conversion.sideOutputs ?? []) {
      this.#sideModules.delete(path);
      this.#sideOutputs.set(path, data);
    }
    if (conversion.diagnostics.length > 0) {
      cell.refuse(diagnosticFailure(cell.name, code, conversion.diagnostics));
      return undefined;
    }
    keepSource(cell.name, { code, locate: conversion.locate });
    // What a failing cell declared before it failed stays declared, as in every other kernel.
    if (!cell.request.silent || cell.request.count !== undefined) this.#declarations = conversion.declOutput ?? '';
    const ended = compiled(cell.name, conversion)(this.#exports, this.#require);
    if (conversion.hasToplevelAwait) await completion(cell, ended as Promise<unknown>);
    else cell.complete();
    const { lastExpressionVar: last } = conversion;
    if (last === undefined) return undefined;
    const value = this.#values[last];
    delete this.#values[last];
    return value;
  }

  async #evaluateAll(request: ExecuteRequest): Promise<Record<string, unknown>> {
    const answers: Record<string, unknown> = {};
    for (const [name, code] of Object.entries(request.expressions)) {
      const cell = new Cell({ ...request, count: undefined, silent: true });
      let data: MimeBundle = {};
      await cell.run(async () => {
        const value = await this.#evaluate(cell, String(code));
        if (cell.fault === undefined) data = await bundleOf(value);
      });
      cell.close();
      const failure = failureOf(cell);
      answers[name] =
        failure === undefined
          ? { status: 'ok', data, metadata: {} }
          : { status: 'error', ename: failure.ename, evalue: failure.evalue, traceback: failure.traceback };
    }
    return answers;
  }

  /** `require` for cells: knows the files compiled beside the notebook, tslab itself, and this package as a last resort. */
  #hooked(require: NodeJS.Require, folder: string): NodeJS.Require {
    return new Proxy(require, {
      apply: (target, receiver, [id, ...rest]: [string, ...unknown[]]) => {
        const side = this.#sideModule(folder, id);
        if (side !== undefined) return side.exports;
        try {
          return Reflect.apply(target, receiver, [id, ...rest]);
        } catch (error) {
          if (!isOwnPackage(id) || (error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
          return createRequire(import.meta.url)(id);
        }
      },
    });
  }

  #sideModule(folder: string, id: string): NodeJS.Module | undefined {
    let path = resolve(folder, id).replaceAll('\\', '/');
    if (extname(path) === '') path += '.js';
    const known = this.#sideModules.get(path);
    if (known !== undefined) return known;
    const code = this.#sideOutputs.get(path);
    if (code === undefined) return undefined;
    const made = new Module(path) as CompiledModule;
    made.filename = path;
    made.paths = (Module as unknown as { _nodeModulePaths(folder: string): string[] })._nodeModulePaths(dirname(path));
    made.require = this.#hooked(createRequire(path), dirname(path));
    // Before it runs, so that two files that import each other meet halfway, as in Node.
    this.#sideModules.set(path, made);
    made._compile(code, path);
    return made;
  }
}

function isOwnPackage(id: string): boolean {
  return id === 'wirebook' || id.startsWith('wirebook/') || id === 'tslab';
}

function compiled(name: string, conversion: Conversion): CellFunction {
  const head = conversion.hasToplevelAwait ? '(async function (exports, require) {' : '(function (exports, require) {';
  return runInThisContext(`${head}\n${conversion.output ?? ''}\n})`, {
    filename: name,
    lineOffset: -1,
  }) as CellFunction;
}

/** Waits for an asynchronous cell's end. The cell hears of it from the promise itself, whatever waiting has come to mean. */
function completion(cell: Cell, ended: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    whenSettled(
      ended,
      () => {
        cell.complete();
        resolve();
      },
      (cause) => void cell.fail(cause instanceof CellFault ? cause : new CellFault('THROWN', cause)),
    );
  });
}

/** Not `undefined`, nor what calls return that are made for their effect. */
function isWorthShowing(value: unknown): boolean {
  if (value === undefined || value instanceof ShownHandle) return false;
  const kind = Object.prototype.toString.call(value);
  const name = kind === '[object Object]' ? (value as object).constructor?.name : undefined;
  return name !== 'Timeout' && name !== 'Immediate';
}

/** The compiler defines an import as a getter; a later cell may declare the name anew, so it is kept as a value. */
function rewritable(values: Record<string, unknown>): object {
  return new Proxy(values, {
    defineProperty(target, name, descriptor) {
      if (name !== '__esModule') target[name as string] = descriptor.get ? descriptor.get() : descriptor.value;
      return true;
    },
  });
}
