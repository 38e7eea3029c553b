/**
 * From applications to TCP ports.
 *
 * @module
 */
import type { Message } from './message.js';

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
