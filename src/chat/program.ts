/**
 * What the programs `server` and `client` share.
 *
 * @module
 */
import { readFileSync, realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { ChatError } from '../errors.js';

/** Whether a module is the program node was started with, be it by way of a symbolic link. */
export function isProgram(moduleUrl: string): boolean {
  const [, started] = process.argv;
  if (started === undefined) return false;
  try {
    return realpathSync(started) === realpathSync(fileURLToPath(moduleUrl));
  } catch {
    return false;
  }
}

/**
 * Keeps V8's young generation at its first size. It would grow by 32 MB under load, whatever is in it; what a server
 * makes of a message is garbage within the turn, so a small one serves nearly as fast (`npm run bench -- chat`).
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}

/** A file's text. `what` names it in the error: `the certificate`. */
export function readText(path: string, what: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? 'there is no such file' : code === 'EACCES' ? 'this user may not read it' : message;
    throw new ChatError('NO_FILE', `Cannot read ${what} ${path}: ${why}`, { cause });
  }
}

/** The password in a file: its first line. */
export function readPassword(path: string): string {
  const [password = ''] = readText(path, 'the password file').split(/\r?\n/);
  if (password.trim() === '')
    throw new ChatError('NO_FILE', `Cannot use the password file ${path}: its first line is empty`);
  return password.trim();
}

/** A port from the command line. */
export function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535)
    throw new ChatError('BAD_ADDRESS', `Cannot use port ${text}: a port is a number from 0 to 65535`);
  return port;
}

/** A count from the command line. */
export function parseCount(text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new ChatError('FORMAT', `Cannot use ${text}: a count is a number from 1`);
  return Number(text);
}

/** Ends a program with one line on what went wrong. Faults that are no `ChatError` are shown whole. */
export function fail(error: unknown): void {
  if (!(error instanceof ChatError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
