/**
 * Notebooks: the kernel, the runner and its report.
 *
 * @module
 */
export { type CellFailureCode, type NotebookCode, NotebookError } from '../errors.js';
export type { CellFailure } from './cell-failure.js';
export { type ExecuteOptions, KernelClient } from './client.js';
export { type CellDifference, compareOutputs } from './compare.js';
export { type ConnectionInfo, createConnection, readConnection } from './connection.js';
export { Kernel } from './kernel.js';
export { startKernel } from './kernel-process.js';
export {
  findKernel,
  type InstalledSpec,
  type InstallOptions,
  installKernel,
  listKernels,
  uninstallKernel,
} from './kernelspec.js';
export { type KernelSpec, ownKernelSpec, RunningKernel } from './launch.js';
export { type JsonObject, type Message, type MessageHeader, Session } from './message.js';
export {
  type CodeCell,
  formatNotebook,
  type Notebook,
  type NotebookCell,
  type Output,
  parseNotebook,
  readNotebook,
  type TextCell,
  writeNotebook,
} from './notebook.js';
export { injectParameters, type Parameters, parseParameter } from './parameters.js';
export { jsonRecord, junitRecord } from './records.js';
export { reportPage } from './report.js';
export {
  type CellRun,
  type CellStatus,
  type NotebookRun,
  type RunOptions,
  runNotebook,
} from './runner.js';
