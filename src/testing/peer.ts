/**
 * Programs and folders that tests and benchmarks compare with, where a machine has them. Never used by the product.
 *
 * `WIREBOOK_REQUIRE=all` turns a missing one from a skipped test into a failed one; a comma-separated list does so for
 * the peers it names.
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isPermitted } from '../raw/permission.js';

const probes = {
  tshark: () => runs('tshark', '--version'),
  capinfos: () => runs('capinfos', '--version'),
  tcpdump: () => runs('tcpdump', '--version'),
  chromium: () => runs('chromium', '--version'),
  tmux: () => runs('tmux', '-V'),
  ngircd: () => runs('ngircd', '--version') || runs('/usr/sbin/ngircd', '--version'),
  cc: () => runs('cc', '--version'),
  ip: () => runs('ip', '-V'),
  /** Jupyter's nbconvert, run by Debian's own python. */
  nbconvert: () => runs('/usr/bin/python3', '-c', 'import nbconvert, nbclient'),
  scapy: () => runs('/usr/bin/python3', '-c', 'import scapy'),
  dpkt: () => runs('/usr/bin/python3', '-c', 'import dpkt'),
  python: () => runs('/usr/bin/python3', '--version'),
  root: () => process.getuid?.() === 0,
  /** Raw sockets: the add-on and the privilege to use it. */
  raw: () => isPermitted(),
  corpus: () => existsSync(corpus),
} as const;

export type Peer = keyof typeof probes;

/** Captures made by others, outside the repository. */
export const corpus: string = fileURLToPath(new URL('../../../shared/corpus', import.meta.url));

/** The repository's own folder. */
export const repository: string = fileURLToPath(new URL('../..', import.meta.url));

const found = new Map<Peer, boolean>();

/**
 * Says why a test that needs these peers is left out, for `test(…, { skip: without('tshark') }, …)`, or false to run it.
 *
 * @throws Error when one is missing that `WIREBOOK_REQUIRE` demands
 */
export function without(...peers: Peer[]): string | false {
  const missing = peers.filter((peer) => !has(peer));
  if (missing.length === 0) return false;
  const required = missing.filter(isRequired);
  if (required.length > 0) throw new Error(`WIREBOOK_REQUIRE demands ${required.join(', ')}, not found here`);
  return `${missing.join(', ')} not found here`;
}

function has(peer: Peer): boolean {
  let answer = found.get(peer);
  if (answer === undefined) {
    answer = probes[peer]();
    found.set(peer, answer);
  }
  return answer;
}

/**
 * `all` means every program that can be installed. The corpus lies outside the repository and is demanded by name only; privileges of
 * root's are demanded of root alone.
 */
function isRequired(peer: Peer): boolean {
  const demanded = (process.env.WIREBOOK_REQUIRE ?? '').split(',');
  if (demanded.includes(peer)) return true;
  const isPrivilege = peer === 'root' || peer === 'raw';
  return demanded.includes('all') && peer !== 'corpus' && (!isPrivilege || probes.root());
}

function runs(command: string, ...args: string[]): boolean {
  const { error, status } = spawnSync(command, args, { stdio: 'ignore' });
  return error === undefined && status === 0;
}
