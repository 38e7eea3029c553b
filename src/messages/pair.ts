/**
 * Who talks to whom: rows of a table as connections, for every way of sending that has connections.
 *
 * @module
 */
import type { Message } from './message.js';
import { isDatagram } from './payload.js';
import { isFromServer, type PortMap, portsOf } from './ports.js';

/** A row of a pair. */
interface PairRow {
  readonly message: Message;
  readonly fromServer: boolean;
}

/** Two applications that talk over one connection, or by datagrams. */
export interface Pair {
  /** Counted from 0 in the order in which pairs begin. */
  readonly number: number;
  readonly isDatagram: boolean;
  readonly clientPort: number;
  readonly serverPort: number;
  /** In the order of their times. */
  readonly rows: readonly PairRow[];
}

/**
 * Pairs of a table, in the order in which they begin. The application that speaks first of two is the client, unless its row tells that it
 * is the server, a greeting say. Rows with ports of their own
 * are pairs of their own: a browser's two ports are two connections.
 *
 * @throws RangeError when the map holds what is no port
 */
export function pairUp(messages: Iterable<Message>, ports: PortMap): Pair[] {
  const pairs = new Map<string, Pair & { client: string; rows: PairRow[] }>();
  const taken = new Set<string>();
  for (const message of [...messages].sort((a, b) => a.timestamp - b.timestamp)) {
    const datagram = isDatagram(message);
    const { srcPort, dstPort } = portsOf(message, ports);
    const kind = datagram ? 'udp' : 'tcp';
    const src = side(message.srcApp, message.srcPort);
    const dst = side(message.dstApp, message.dstPort);
    const key = JSON.stringify([kind, ...[src, dst].sort()]);
    let pair = pairs.get(key);
    if (pair === undefined) {
      const [client, own, serverPort] = isFromServer(message) ? [dst, dstPort, srcPort] : [src, srcPort, dstPort];
      let clientPort = own;
      // Two connections must differ in a port: applications that the map does not know share one.
      while (taken.has(`${kind}|${clientPort}|${serverPort}`))
        clientPort = clientPort >= 0xffff ? 1024 : clientPort + 1;
      taken.add(`${kind}|${clientPort}|${serverPort}`);
      pair = { number: pairs.size, isDatagram: datagram, clientPort, serverPort, rows: [], client };
      pairs.set(key, pair);
    }
    pair.rows.push({ message, fromServer: src !== pair.client });
  }
  return [...pairs.values()];
}

function side(app: string, port: number | undefined): string {
  return port === undefined ? app : `${app}:${port}`;
}
