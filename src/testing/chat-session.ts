/**
 * A chat's server and clients for the length of a test.
 *
 * @module
 */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ChatClient } from '../chat/client/client.js';
import type { ChatClientEvent, ChatClientOptions } from '../chat/client/client-event.js';
import { ChatServer, type ChatServerOptions } from '../chat/server/server.js';
import { ChatError } from '../errors.js';

/** A server on a free port, closed when the test ends. */
export async function start(
  t: TestContext,
  options: ChatServerOptions = {},
): Promise<{ server: ChatServer; port: number }> {
  const server = new ChatServer({ ...options, limits: { lingerMs: 300, ...options.limits } });
  const { port } = await server.listen({ port: 0 });
  t.after(() => server.close());
  return { server, port };
}

/** A client that has joined, and all that it hears; `close` says how it leaves when the test ends. */
export async function join(
  t: TestContext,
  options: ChatClientOptions,
  close: (client: ChatClient) => Promise<unknown> = (client) => client.close(),
): Promise<{ client: ChatClient; events: ChatClientEvent[] }> {
  const client = new ChatClient({ reconnect: { minMs: 20, maxMs: 100 }, ...options });
  const events: ChatClientEvent[] = [];
  client.subscribe((event) => events.push(event));
  t.after(() => close(client));
  await client.connect();
  return { client, events };
}

/** For `assert.rejects` and `assert.throws`: an error of the chat with that code. */
export const hasCode =
  (code: string) =>
  (error: unknown): boolean => {
    assert.ok(error instanceof ChatError, String(error));
    assert.equal(error.code, code, error.message);
    return true;
  };

/** Looks again and again for five seconds. */
export async function until(isSo: () => boolean, what: string): Promise<void> {
  for (let i = 0; i < 500; i++) {
    if (isSo()) return;
    await sleep(10);
  }
  assert.fail(`never: ${what}`);
}
