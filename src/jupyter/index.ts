/**
 * Notebooks: the kernel, the runner and its report.
 *
 * @module
 */
export { type CellFailureCode, type NotebookCode, NotebookError } from '../errors.js';
export { Kernel } from './kernel/kernel.js';
export { startKernel } from './kernel/kernel-process.js';
export {
  findKernel,
  type InstalledSpec,
  type InstallOptions,
  installKernel,
  listKernels,
  uninstallKernel,
} from './kernel/kernelspec.js';
export { type KernelSpec, ownKernelSpec, RunningKernel } from './kernel/launch.js';
export { type ExecuteOptions, KernelClient } from './protocol/client.js';
export { type ConnectionInfo, createConnection, readConnection } from './protocol/connection.js';
export { type JsonObject, type Message, type MessageHeader, Session } from './protocol/message.js';
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
} from './protocol/notebook.js';
export type { CellFailure } from './run/cell-failure.js';
export { type CellDifference, compareOutputs } from './run/compare.js';
export { injectParameters, type Parameters, parseParameter } from './run/parameters.js';
export { jsonRecord, junitRecord } from './run/records.js';
export { reportPage } from './run/report.js';
export {
  type CellRun,
  type CellStatus,
  type NotebookRun,
  type RunOptions,
  runNotebook,
} from './run/runner.js';
