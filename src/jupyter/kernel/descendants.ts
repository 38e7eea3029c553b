/**
 * The processes that cells leave behind, detached ones too: they carry a mark in their environment, which children
 * inherit, and end with the engine they came from.
 *
 * @module
 */
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';

/** Rounds to look for what was started while others were being ended. */
const ROUNDS = 5;

/** The variable that marks this kernel's processes. The runner gives it, so that it can end them when the kernel cannot. */
export const RUN_MARK = { name: 'WIREBOOK_RUN', value: process.env.WIREBOOK_RUN ?? randomUUID() } as const;

/**
 * Ends every process marked with `mark`, except this one and its ancestors. Where the system has no `/proc` there is no
 * way to find them, and a detached process stays.
 *
 * @param but process ids to leave alone
 */
export function endDescendants(
  mark: string = RUN_MARK.value,
  but: readonly number[] = [process.pid, process.ppid],
): void {
  for (let round = 0; round < ROUNDS; round++) {
    const found = marked(mark, but);
    if (found.length === 0) return;
    for (const pid of found) end(pid);
  }
}

function marked(mark: string, but: readonly number[]): number[] {
  const wanted = `${RUN_MARK.name}=${mark}`;
  const engines: number[] = [];
  for (const name of processes()) {
    const pid = Number(name);
    if (but.includes(pid) || !carries(pid, wanted)) continue;
    engines.push(pid);
  }
  return engines;
}

function processes(): string[] {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return []; // not this kind of system
  }
}

function carries(pid: number, wanted: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(wanted);
  } catch {
    return false; // gone, or somebody else's
  }
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
