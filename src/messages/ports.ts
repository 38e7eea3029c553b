/**
 * From applications to ports: who of two is the server, and which port each has.
 *
 * @module
 */
import type { Message } from './message.js';
import { serviceOf } from './service.js';

/** Which port an application speaks from and listens on. */
export interface PortMap {
  /** Ports by application name. */
  readonly applications: { readonly [application: string]: number };
  /** Port of a source application that is not listed. */
  readonly unknownSource: number;
  /** Port of a destination application that is not listed. */
  readonly unknownDestination: number;
}

/** The original project's ports: the browser's is in the ephemeral range, the server's is HTTP's. */
export const defaultPorts: PortMap = {
  applications: { client_browser: 55000, web_server: 80 },
  unknownSource: 12345,
  unknownDestination: 80,
};

/** What servers say: status lines, and the greetings of those that speak first. */
const replies = /^(HTTP\/\d|\d{3}[ -]|\+OK\b|\* OK\b|SSH-\d|(standard query )?response\b)/i;
const serverNames = /server|service|daemon|resolver|backend|broker|(^|[\W_])srv/i;

/**
 * Whether a message goes from the server to the client: so its ports say, one of which is the protocol's; else its text, a status line or
 * a greeting; else the applications' names. Where nothing tells, who speaks is the client.
 */
export function isFromServer({ appProtocol, srcApp, dstApp, srcPort, dstPort, message }: Message): boolean {
  const port = serviceOf(appProtocol)?.port;
  if (port !== undefined && (srcPort === port) !== (dstPort === port)) return srcPort === port;
  if (replies.test(message)) return true;
  return serverNames.test(srcApp) && !serverNames.test(dstApp) && !/^[A-Z]{3,} \S/.test(message);
}

/** The original's ports, but for a web server that speaks nothing of HTTP: it has its protocol's. */
export function usualPorts(messages: Iterable<Message>): PortMap {
  const { client_browser, web_server } = defaultPorts.applications as { client_browser: number; web_server: number };
  const ports = new Set<number>();
  for (const { srcApp, dstApp, appProtocol } of messages) {
    if (srcApp !== 'web_server' && dstApp !== 'web_server') continue;
    ports.add(serviceOf(appProtocol)?.port ?? web_server);
  }
  if (ports.size === 0 || ports.has(web_server)) return defaultPorts;
  return { ...defaultPorts, applications: { client_browser } };
}

/**
 * A map in which each application of these messages has a port of its own, so that a reply mirrors its request. Applications that `base`
 * has keep their ports, `usualPorts()` where it is left out. A client gets the base's port for unknown sources or the next free one; a
 * server its application protocol's, or where that is taken the next free one from 8000 plus that port.
 */
export function assignPorts(messages: Iterable<Message>, base?: PortMap): PortMap {
  const rows = [...messages].sort((a, b) => a.timestamp - b.timestamp);
  const { applications, unknownSource, unknownDestination } = base ?? usualPorts(rows);
  const assigned = new Map(Object.entries(applications));
  const taken = new Set<number>();
  for (const { srcApp, dstApp, srcPort, dstPort } of rows) {
    for (const [application, port] of [
      [srcApp, srcPort],
      [dstApp, dstPort],
    ] as const) {
      if (port !== undefined && !assigned.has(application)) assigned.set(application, port);
      taken.add(port ?? assigned.get(application) ?? 0);
    }
  }
  const free = (wanted: number): number => {
    let port = wanted;
    while (taken.has(port)) port = port < 1024 ? port + 8000 : port >= 0xffff ? 1024 : port + 1;
    taken.add(port);
    return port;
  };
  for (const row of rows) {
    const [client, server] = isFromServer(row) ? [row.dstApp, row.srcApp] : [row.srcApp, row.dstApp];
    if (!assigned.has(client)) assigned.set(client, free(unknownSource));
    if (!assigned.has(server)) assigned.set(server, free(serviceOf(row.appProtocol)?.port ?? unknownDestination));
  }
  return { applications: Object.fromEntries(assigned), unknownSource, unknownDestination };
}

/**
 * Ports of a message: those of its own row, else its applications' in the map, else the map's for unknown ones.
 *
 * @throws RangeError when the map holds what is no port
 */
export function portsOf(message: Message, ports: PortMap = defaultPorts): { srcPort: number; dstPort: number } {
  return {
    srcPort: message.srcPort ?? lookUp(message.srcApp, ports, ports.unknownSource),
    dstPort: message.dstPort ?? lookUp(message.dstApp, ports, ports.unknownDestination),
  };
}

function lookUp(application: string, { applications }: PortMap, unknown: number): number {
  const port = Object.hasOwn(applications, application) ? applications[application]! : unknown;
  if (!Number.isInteger(port) || port < 0 || port > 0xffff) {
    throw new RangeError(
      `Cannot map application ${JSON.stringify(application)}: port ${port} given, an integer from 0 to 65535 needed`,
    );
  }
  return port;
}
