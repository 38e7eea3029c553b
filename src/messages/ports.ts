/**
 * From applications to TCP ports.
 *
 * @module
 */
import type { Message } from './message.js';

/** Ports that servers of an application protocol listen on, by the names that CSVs have for it. */
const protocolPorts: { readonly [protocol: string]: number } = {
  HTTP: 80,
  HTTPS: 443,
  DNS: 53,
  SMTP: 25,
  FTP: 21,
  SSH: 22,
  POP3: 110,
  IMAP: 143,
  CHAT: 9999,
};

/** The application protocol that one of two ports tells; the destination's before the source's. */
export function protocolOf(srcPort: number | undefined, dstPort: number | undefined): string | undefined {
  const of = (port: number | undefined): string | undefined =>
    Object.keys(protocolPorts).find((protocol) => protocolPorts[protocol] === port);
  return of(dstPort) ?? of(srcPort);
}

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

/**
 * A map in which each application of these messages has a port of its own, so that a reply mirrors its request. Applications that `base`
 * has keep their ports. Of two others the one that speaks first is the client; it gets the base's port for unknown sources or the next
 * free one. A server gets its application protocol's port, or where that is taken the next free one from 8000 plus that port.
 */
export function assignPorts(messages: Iterable<Message>, base: PortMap = defaultPorts): PortMap {
  const rows = [...messages].sort((a, b) => a.timestamp - b.timestamp);
  const assigned = new Map(Object.entries(base.applications));
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
  for (const { srcApp, dstApp, appProtocol } of rows) {
    if (!assigned.has(srcApp)) assigned.set(srcApp, free(base.unknownSource));
    const protocol = appProtocol.toUpperCase();
    const usual = Object.hasOwn(protocolPorts, protocol) ? protocolPorts[protocol]! : base.unknownDestination;
    if (!assigned.has(dstApp)) assigned.set(dstApp, free(usual));
  }
  return { ...base, applications: Object.fromEntries(assigned) };
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
