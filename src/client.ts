/**
 * The chat client as a module (`import { ChatClient } from 'wirebook/client'`) and as a program (`npm run client`).
 *
 * @module
 */

import type { ChatClientOptions } from './chat/client/client-event.js';
import { chatByPipe } from './chat/client/pipe.js';
import { chatByTerminal } from './chat/client/terminal.js';
import { fail, isProgram, parsePort, readPassword, readText } from './chat/program.js';
import { defaultHost, defaultPort } from './chat/protocol/address.js';

export { ChatClient } from './chat/client/client.js';
export type {
  ChatClientEvent,
  ChatClientOptions,
  ChatMessage,
  Receipt,
  WaitOptions,
} from './chat/client/client-event.js';
export { ChatError } from './errors.js';

interface Options {
  name?: string;
  host: string;
  port: number;
  tls?: boolean;
  tlsCa?: string;
  passwordFile?: string;
  classic?: boolean;
  reconnect: boolean;
  color: boolean;
}

const examples = `
Examples:
  npm run client                                          asks for a name
  npm run client -- --name Alice --port 9999
  echo 'Bob: hi' | npm run -s client -- --name Alice      sends each line, then leaves; exit code 1 if one failed
  npm run client -- --host chat.example --tls --password-file secret
  npm run client -- --classic                             to the original Python server
`;

/** Runs the client until its user leaves or its input ends. `parameters` are those of the command line. */
export async function main(parameters: readonly string[]): Promise<void> {
  const { Command } = await import('commander');
  const program = new Command('client')
    .description('A chat client: write "Target: Message", "quit" to leave.')
    .option('--name <name>', 'name to log in with; asked for, or the first line of a pipe, if left out')
    .option('--host <address>', 'server to connect to', defaultHost)
    .option('--port <number>', "the server's port", parsePort, defaultPort)
    .option('--tls', 'speak TLS, trusting the authorities of this system')
    .option('--tls-ca <file>', 'speak TLS, trusting the certificate in this PEM file')
    .option('--password-file <file>', 'file whose first line is the password of the server')
    .option('--classic', 'speak the dialect of the original Python server')
    .option('--no-reconnect', 'end when the connection is lost')
    .option('--no-color', 'no colours on a terminal')
    .addHelpText('after', examples);
  try {
    program.parse(parameters as string[], { from: 'user' });
    const { name, host, port, tls, tlsCa, passwordFile, classic, reconnect, color } = program.opts<Options>();
    const options: Omit<ChatClientOptions, 'name'> = {
      host,
      port,
      reconnect,
      ...(classic ? { classic } : {}),
      ...(passwordFile === undefined ? {} : { password: readPassword(passwordFile) }),
      ...(tlsCa !== undefined ? { tls: { ca: readText(tlsCa, 'the certificate') } } : tls ? { tls } : {}),
    };
    process.exitCode = process.stdin.isTTY
      ? await chatByTerminal(name, options, color)
      : await chatByPipe(name, options);
  } catch (error) {
    fail(error);
  }
}

if (isProgram(import.meta.url)) void main(process.argv.slice(2));
