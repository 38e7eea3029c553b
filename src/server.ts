/**
 * The chat server as a module (`import { ChatServer } from 'wirebook/server'`) and as a program (`npm run server`).
 *
 * @module
 */

import type { ChatEvent } from './chat/index.js';
import { ChatServer, defaultHost, defaultPort, formatAddress } from './chat/index.js';
import { fail, isProgram, keepHeapSmall, parseCount, parsePort, readPassword, readText } from './chat/program.js';
import { LogWriter } from './chat/server/log-writer.js';
import { ChatError } from './errors.js';

export {
  type ChatAddress,
  ChatError,
  type ChatEvent,
  type ChatLimits,
  ChatServer,
  type ChatServerOptions,
} from './chat/index.js';

interface Options {
  host: string;
  port: number;
  tlsCert?: string;
  tlsKey?: string;
  passwordFile?: string;
  maxClients?: number;
  log: 'text' | 'json' | 'none';
}

const examples = `
Examples:
  npm run server                                   on 127.0.0.1:9999, for this machine only
  npm run server -- --port 0                       on any free port
  npm run server -- --log json > chat.log          one JSON object a line
  npm run server -- --host 0.0.0.0 --tls-cert cert.pem --tls-key key.pem --password-file secret
`;

/** One event as the server's terminal shows it, as the original did; undefined for what it does not show. */
export function formatEvent(event: ChatEvent): string | undefined {
  switch (event.type) {
    case 'listening':
      return `[*] Server listening on ${formatAddress(event)}${event.tls ? ' (TLS)' : ''}`;
    case 'warning':
      return `[!] ${event.text}`;
    case 'join':
      return `[+] User '${event.name}' connected.`;
    case 'leave':
      return `[-] User '${event.name}' disconnected.${event.reason === 'quit' ? '' : ` (${event.reason})`}`;
    case 'refused':
      return `[!] ${event.remote} refused: ${event.text}`;
    case 'message':
      return `[${event.from}]: ${event.raw}`;
    case 'stopped':
      return '[*] Server stopped';
  }
}

/** What is logged where. Warnings are told whatever is logged. */
export function logTo(
  log: 'text' | 'json' | 'none',
  { write, warn }: { write(line: string): void; warn(line: string): void },
): (event: ChatEvent) => void {
  if (log === 'json') return (event) => write(JSON.stringify(event));
  return (event) => {
    const line = formatEvent(event);
    if (line === undefined) return;
    if (log === 'text') write(line);
    else if (event.type === 'warning') warn(line);
  };
}

/** Runs the server until SIGINT or SIGTERM. `parameters` are those of the command line, without node and the file. */
export async function main(parameters: readonly string[]): Promise<void> {
  const { Command, Option } = await import('commander');
  const program = new Command('server')
    .description('A chat server: people log in with a name and write to each other.')
    .option('--host <address>', 'address to listen on', defaultHost)
    .option('--port <number>', 'port to listen on, 0 for any that is free', parsePort, defaultPort)
    .option('--tls-cert <file>', 'certificate chain in PEM; speaks TLS')
    .option('--tls-key <file>', 'private key in PEM')
    .option('--password-file <file>', 'file whose first line clients must give to come in')
    .option('--max-clients <count>', 'clients at once', parseCount)
    .addOption(
      new Option('--log <kind>', 'what is written to standard output; with none, warnings go to standard error')
        .choices(['text', 'json', 'none'])
        .default('text'),
    )
    .addHelpText('after', examples);
  try {
    program.parse(parameters as string[], { from: 'user' });
    await serve(program.opts<Options>());
  } catch (error) {
    fail(error);
  }
}

async function serve(options: Options): Promise<void> {
  const { host, port, tlsCert, tlsKey, passwordFile, maxClients, log } = options;
  if ((tlsCert === undefined) !== (tlsKey === undefined))
    throw new ChatError('BAD_CERTIFICATE', 'Cannot speak TLS: --tls-cert and --tls-key go together');
  const server = new ChatServer({
    ...(maxClients === undefined ? {} : { limits: { clients: maxClients } }),
    ...(passwordFile === undefined ? {} : { password: readPassword(passwordFile) }),
    ...(tlsCert === undefined || tlsKey === undefined
      ? {}
      : { tls: { cert: readText(tlsCert, 'the certificate'), key: readText(tlsKey, 'the key') } }),
  });
  const output = new LogWriter(process.stdout.fd);
  server.subscribe(
    logTo(log, {
      write: (line) => output.write(line),
      warn: (line) => process.stderr.write(`${line}\n`),
    }),
  );
  await server.listen({ host, port });
  let isStopping = false;
  const stop = (): void => {
    if (isStopping) process.exit(130);
    isStopping = true;
    void server.close();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  process.on('SIGHUP', stop);
}

if (isProgram(import.meta.url)) {
  keepHeapSmall();
  void main(process.argv.slice(2));
}
