/**
 * A kernel as a process: from a connection file, through signals, to the process's end.
 *
 * @module
 */
import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { isOwnConnection, readConnection } from '../protocol/connection.js';
import { Kernel } from './kernel.js';

/** How often to see whether whoever started the kernel is still there, in milliseconds. */
const PARENT_CHECK_MS = 1000;

/**
 * Serves the kernel that a connection file describes, and ends the process when it is shut down.
 *
 * SIGINT interrupts the running cell. Where `JPY_PARENT_PID` names the parent, as Jupyter and the runner do, the kernel
 * ends with it.
 *
 * @throws NotebookError when the connection file cannot be used
 */
export async function startKernel(connectionFile: string): Promise<void> {
  const info = await readConnection(connectionFile);
  const kernel = new Kernel(info, () => process.exit(0));
  process.on('exit', () => kernel.stop());
  process.on('SIGINT', () => kernel.interrupt());
  process.on('SIGTERM', () => process.exit(0));
  process.on('SIGHUP', () => process.exit(0));
  const parent = Number(process.env.JPY_PARENT_PID);
  if (parent > 1 && parent === process.ppid) {
    setInterval(() => {
      if (process.ppid === parent) return;
      if (isOwnConnection(connectionFile)) rmSync(dirname(connectionFile), { recursive: true, force: true });
      process.exit(0);
    }, PARENT_CHECK_MS);
  }
  await kernel.listen();
}
