import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { repository } from '../../testing/peer.js';
import { defaultLimits as limits } from './limits.js';

const document = readFileSync(join(repository, 'docs', 'protocol_definition.md'), 'utf8');
const count = (value: number) => value.toLocaleString('en-US');

for (const [limit, value] of [
  ["a client's line", `${count(limits.lineBytes)} bytes`],
  ['clients', count(limits.clients)],
  ['connections not logged in', count(limits.halfOpen)],
  ['those of one address', count(limits.halfOpenPerAddress)],
  ['wrong passwords of one address', `${limits.passwordTries} at once, then ${limits.passwordsPerMinute} a minute`],
  ['time to log in · attempts', `${limits.loginMs / 1000} s · ${limits.loginAttempts}`],
  ['lines from one client', `${count(limits.burst)} at once, then ${limits.linesPerSecond} a second`],
  ['bytes waiting for one client', count(limits.pendingBytes)],
  ['silence', `${limits.keepAliveMs / 1000} s + ${limits.keepAliveMs / 1000} s`],
  ['presence notices', `${limits.presence} people`],
  ['closing', `${limits.lingerMs / 1000} s`],
] as const)
  test(`the protocol's table of limits has ${value} for ${limit}, as the server does`, () =>
    assert.ok(document.includes(`\n| ${limit} | ${value} |`)));

test('the protocol says after how long one who has stopped reading is cut off, as the server does', () => {
  assert.ok(document.includes(`has taken nothing for ${limits.stallMs / 1000} seconds in that state`));
});
