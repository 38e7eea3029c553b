// The chat server in a process of its own, with its memory for the asking. Argument: limits as JSON.
import { setFlagsFromString } from 'node:v8';
import { ChatServer } from 'wirebook/chat';

// As the program `npm run server` does.
setFlagsFromString('--semi-space-growth-factor=1');

const limits = JSON.parse(process.argv[2] ?? '{}', (_, value) =>
  value === 'Infinity' ? Number.POSITIVE_INFINITY : value,
);
const server = new ChatServer({ limits });
const { port } = await server.listen({ port: 0 });
process.on('message', () => {
  process.send?.({ rss: process.memoryUsage.rss(), clients: server.names.length });
});
process.on('disconnect', () => process.exit());
process.send?.({ port });
