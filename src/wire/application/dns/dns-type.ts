/**
 * Numbers of the Domain Name System and their names, https://www.iana.org/assignments/dns-parameters
 *
 * @module
 */

/** Resource record and query types. */
export const DnsType = {
  A: 1,
  NS: 2,
  MD: 3,
  MF: 4,
  CNAME: 5,
  SOA: 6,
  MB: 7,
  MG: 8,
  MR: 9,
  NULL: 10,
  WKS: 11,
  PTR: 12,
  HINFO: 13,
  MINFO: 14,
  MX: 15,
  TXT: 16,
  RP: 17,
  AFSDB: 18,
  SIG: 24,
  KEY: 25,
  AAAA: 28,
  LOC: 29,
  SRV: 33,
  NAPTR: 35,
  KX: 36,
  CERT: 37,
  DNAME: 39,
  OPT: 41,
  APL: 42,
  DS: 43,
  SSHFP: 44,
  IPSECKEY: 45,
  RRSIG: 46,
  NSEC: 47,
  DNSKEY: 48,
  DHCID: 49,
  NSEC3: 50,
  NSEC3PARAM: 51,
  TLSA: 52,
  SMIMEA: 53,
  CDS: 59,
  CDNSKEY: 60,
  OPENPGPKEY: 61,
  CSYNC: 62,
  ZONEMD: 63,
  SVCB: 64,
  HTTPS: 65,
  SPF: 99,
  TKEY: 249,
  TSIG: 250,
  IXFR: 251,
  AXFR: 252,
  ANY: 255,
  URI: 256,
  CAA: 257,
} as const;

/** A type by its name; one that has none is a number. */
export type DnsTypeName = keyof typeof DnsType;

/** Record and query classes, RFC 1035 section 3.2.4 and RFC 2136. */
export const DnsClass = { IN: 1, CS: 2, CH: 3, HS: 4, NONE: 254, ANY: 255 } as const;

export type DnsClassName = keyof typeof DnsClass;

/** Names of types by number. */
export const dnsTypeNames: { readonly [value: number]: DnsTypeName } = inverse(DnsType);

/** Names of classes by number. */
export const dnsClassNames: { readonly [value: number]: DnsClassName } = inverse(DnsClass);

/** Names of operations, RFC 1035 section 4.1.1 and its successors. */
export const dnsOpcodeNames: { readonly [value: number]: string } = {
  0: 'Standard query',
  1: 'Inverse query',
  2: 'Server status request',
  4: 'Zone change notification',
  5: 'Dynamic update',
  6: 'DNS Stateful operations',
};

/** Names of response codes, RFC 6895 section 2.3. */
export const dnsRcodeNames: { readonly [value: number]: string } = {
  0: 'No error',
  1: 'Format error',
  2: 'Server failure',
  3: 'No such name',
  4: 'Not implemented',
  5: 'Refused',
  6: 'Name exists',
  7: 'RRset exists',
  8: 'RRset does not exist',
  9: 'Not authoritative',
  10: 'Name out of zone',
  11: 'DSO-Type not implemented',
};

/** Names of DNSSEC algorithms. */
export const dnssecAlgorithmNames: { readonly [value: number]: string } = {
  1: 'RSA/MD5',
  3: 'DSA',
  5: 'RSA/SHA1',
  6: 'DSA-NSEC3-SHA1',
  7: 'RSASHA1-NSEC3-SHA1',
  8: 'RSA/SHA-256',
  10: 'RSA/SHA-512',
  12: 'GOST R 34.10-2001',
  13: 'ECDSA Curve P-256 with SHA-256',
  14: 'ECDSA Curve P-384 with SHA-384',
  15: 'Ed25519',
  16: 'Ed448',
};

/** Names of digest types of DS records. */
export const dsDigestNames: { readonly [value: number]: string } = {
  1: 'SHA-1',
  2: 'SHA-256',
  3: 'GOST R 34.11-94',
  4: 'SHA-384',
};

/**
 * The number of a type given by name, as `TYPE4711` (RFC 3597) or as a number.
 *
 * @throws RangeError for a name that is none
 */
export function dnsTypeNumber(type: string | number): number {
  return numberOf(type, DnsType, 'TYPE', 'type');
}

/** The number of a class given by name, as `CLASS4711` or as a number. */
export function dnsClassNumber(value: string | number): number {
  return numberOf(value, DnsClass, 'CLASS', 'class');
}

/** The name of a type, or `TYPE4711` as RFC 3597 writes one that has none. */
export function dnsTypeText(type: number): string {
  return dnsTypeNames[type] ?? `TYPE${type}`;
}

function numberOf(value: string | number, table: { readonly [name: string]: number }, prefix: string, what: string) {
  if (typeof value === 'number') return value;
  const name = value.toUpperCase();
  const known = Object.hasOwn(table, name) ? table[name] : undefined;
  if (known !== undefined) return known;
  const digits = name.startsWith(prefix) ? name.slice(prefix.length) : '';
  if (/^\d{1,5}$/.test(digits) && Number(digits) <= 0xffff) return Number(digits);
  throw new RangeError(
    `Cannot write DNS ${what} ${JSON.stringify(value)}: one of ${Object.keys(table).join(', ')}, ${prefix} with a number behind it, or a number needed`,
  );
}

function inverse<const T extends { readonly [name: string]: number }>(table: T): { readonly [value: number]: keyof T } {
  return Object.fromEntries(Object.entries(table).map(([name, value]) => [value, name])) as {
    [value: number]: keyof T;
  };
}
