/**
 * Port and transport of an application protocol, by the names that CSVs have for it. What is a layer has them from the table of neighbours
 * (`wire/stack/neighbours.ts`), the user's own protocols among them; here stand only other names of layers, and protocols that are none.
 *
 * @module
 */
import { stack } from '../wire/index.js';

/** What carries a message. */
export type Transport = 'tcp' | 'udp';

/** How an application protocol is carried. */
export interface Service {
  readonly transport: Transport;
  /** Where its servers listen; nothing for bare TCP or UDP. */
  readonly port?: number;
}

/** Names that differ from the layer's. */
const layerNames: { readonly [name: string]: string } = {
  WS: 'http',
  WEBSOCKET: 'http',
  HTTPS: 'tls',
  SSL: 'tls',
  WSS: 'tls',
  POP3: 'pop',
  BOOTP: 'dhcp',
};

/** What layers are called in a table, where that is not their own name. */
const spokenNames: { readonly [layer: string]: string } = { tls: 'HTTPS', pop: 'POP3', dnsOverTcp: 'DNS' };

/** Protocols that are no layer, https://www.iana.org/assignments/service-names-port-numbers */
const services: { readonly [name: string]: Service } = {
  TCP: { transport: 'tcp' },
  UDP: { transport: 'udp' },
  SSH: { transport: 'tcp', port: 22 },
  TELNET: { transport: 'tcp', port: 23 },
  TFTP: { transport: 'udp', port: 69 },
  SNMP: { transport: 'udp', port: 161 },
  LDAP: { transport: 'tcp', port: 389 },
  QUIC: { transport: 'udp', port: 443 },
  SMTPS: { transport: 'tcp', port: 465 },
  IMAPS: { transport: 'tcp', port: 993 },
  POP3S: { transport: 'tcp', port: 995 },
  MQTT: { transport: 'tcp', port: 1883 },
  RTP: { transport: 'udp', port: 5004 },
  RTCP: { transport: 'udp', port: 5005 },
  MYSQL: { transport: 'tcp', port: 3306 },
  RDP: { transport: 'tcp', port: 3389 },
};

/** A protocol's port and transport; nothing for one that is not known. `HTTP/1.1`, `TLSv1.2` and `dns` are known by their names. */
export function serviceOf(protocol: string): Service | undefined {
  if (found.rows !== stack.rows || found.services.size > 1000) {
    found.rows = stack.rows;
    found.services.clear();
  }
  if (!found.services.has(protocol)) {
    const name = protocol.trim().toUpperCase();
    const bare = name.replace(/[ /_-]?V?\d+(\.\d+)*$/, '');
    found.services.set(protocol, lookUp(name) ?? lookUp(bare) ?? lookUp(name.split(/[ /]/, 1)[0]!));
  }
  return found.services.get(protocol);
}

/** What carries a protocol's messages: TCP where it is not known. */
export function transportOf(protocol: string): Transport {
  return serviceOf(protocol)?.transport ?? 'tcp';
}

/** Found so far, for the table as it was: the user's own protocols come and go. */
const found = { rows: stack.rows, services: new Map<string, Service | undefined>() };

function lookUp(name: string): Service | undefined {
  if (Object.hasOwn(services, name)) return services[name];
  const layer = Object.hasOwn(layerNames, name) ? layerNames[name]! : name.toLowerCase();
  for (const row of stack.rows) {
    if (row.name.toLowerCase() !== layer) continue;
    const { tcpPort, udpPort } = stack.numbersOf(row.type) ?? {};
    // Of a protocol that both carry, SIP say, most speakers use UDP.
    if (udpPort !== undefined) return { transport: 'udp', port: udpPort };
    if (tcpPort !== undefined) return { transport: 'tcp', port: tcpPort };
  }
  return undefined;
}

/** The application protocol that listens on one of two ports, the lower number's first, as Wireshark has it. */
export function protocolOf(
  srcPort: number | undefined,
  dstPort: number | undefined,
  transport?: Transport,
): string | undefined {
  const ports = [srcPort, dstPort].filter((port) => port !== undefined).sort((a, b) => a - b);
  for (const port of ports) {
    const name = nameAt(port, transport);
    if (name !== undefined) return name;
  }
  return undefined;
}

function nameAt(port: number, transport: Transport | undefined): string | undefined {
  const spaces = transport === undefined ? (['tcp', 'udp'] as const) : [transport];
  for (const one of spaces) {
    const row = (one === 'tcp' ? stack.tcpPort : stack.udpPort).get(port);
    const name = row === undefined ? undefined : nameOf(stack.of(row.type));
    // DNS over TCP, say, has no name of its own: what is called DNS goes over UDP.
    if (name !== undefined && serviceOf(name)?.transport === one) return name;
  }
  return Object.keys(services).find((name) => {
    const service = services[name]!;
    return service.port === port && (transport === undefined || service.transport === transport);
  });
}

function nameOf({ name }: { readonly name: string }): string {
  return Object.hasOwn(spokenNames, name) ? spokenNames[name]! : name.toUpperCase();
}
