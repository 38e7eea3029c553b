// The least a chat can be: a map from names to sockets, one write a message. No limits, no receipts, no order of closing.
// Lines as in the line dialect: `/login NAME`, then `NAME: text`.
import { createServer, type Socket } from 'node:net';

const sockets = new Map<string, Socket>();
const server = createServer({ noDelay: true }, (socket) => {
  let name = '';
  let rest = '';
  socket.setEncoding('utf8');
  socket.on('error', () => socket.destroy());
  socket.on('close', () => sockets.delete(name));
  socket.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop()!;
    for (const line of lines) {
      if (name === '') {
        name = line.slice('/login '.length);
        sockets.set(name, socket);
        socket.write(`* welcome ${name}\n`);
        continue;
      }
      const colon = line.indexOf(':');
      const recipient = sockets.get(line.slice(0, colon));
      if (recipient === undefined) socket.write('* error\n');
      else recipient.write(`${name}:${line.slice(colon + 1)}\n`);
    }
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.send?.({ port: typeof address === 'object' ? address?.port : undefined });
});
process.on('disconnect', () => process.exit());
