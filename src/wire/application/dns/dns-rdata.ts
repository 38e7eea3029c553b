/**
 * The data of resource records, a list of fields for each type that is known: RFC 1035, 1183 (AFSDB, RP), 2782 (SRV), 3403 (NAPTR), 3596
 * (AAAA), 4034 (DS, DNSKEY, RRSIG, NSEC), 5155 (NSEC3), 6672 (DNAME), 6698 (TLSA), 8659 (CAA), 9460 (SVCB, HTTPS).
 *
 * @module
 */
import { type DnsField, flagged, kinds } from './dns-field.js';
import { DnsType, dnssecAlgorithmNames, dnsTypeNames, dsDigestNames } from './dns-type.js';

const {
  u8,
  u16,
  u32,
  hex8,
  hex16,
  ipv4,
  ipv6,
  name,
  plainName,
  string,
  strings,
  rest,
  text,
  prefixed,
  time,
  types,
  params,
  options,
} = kinds;

const address = { label: 'Address' };
const algorithm = (filter: string): DnsField => u8('algorithm', 'Algorithm', filter, dnssecAlgorithmNames);

const dsFields: readonly DnsField[] = [
  hex16('keyTag', 'Key tag', 'dns.ds.key_id'),
  algorithm('dns.ds.algorithm'),
  u8('digestType', 'Digest type', 'dns.ds.digest_type', dsDigestNames),
  rest('digest', 'Digest', 'dns.ds.digest'),
];

const dnskeyFields: readonly DnsField[] = [
  flagged(hex16('flags', 'Flags', 'dns.dnskey.flags'), 2, [
    ['zoneKey', 'Zone key', 'dns.dnskey.flags.zone_key', 7, 1],
    ['revoked', 'Key revoked', 'dns.dnskey.flags.key_revoked', 8, 1],
    ['secureEntryPoint', 'Key signing key', 'dns.dnskey.flags.secure_entry_point', 15, 1],
  ]),
  u8('protocol', 'Protocol', 'dns.dnskey.protocol'),
  algorithm('dns.dnskey.algorithm'),
  rest('publicKey', 'Public key', 'dns.dnskey.public_key'),
];

const tlsaFields: readonly DnsField[] = [
  u8('usage', 'Certificate usage', 'dns.tlsa.certificate_usage'),
  u8('selector', 'Selector', 'dns.tlsa.selector'),
  u8('matchingType', 'Matching type', 'dns.tlsa.matching_type'),
  rest('association', 'Certificate association data', 'dns.tlsa.certificate_association_data'),
];

const svcbFields: readonly DnsField[] = [
  u16('priority', 'Priority', 'dns.svcb.svcpriority'),
  plainName('target', 'Target name', 'dns.svcb.targetname'),
  params('params', 'Parameters', 'dns.svcb.svcparam'),
];

const textFields: readonly DnsField[] = [strings('strings', 'Text', 'dns.txt')];

/** Fields of each type's data, by type; types that are not listed keep their data as bytes. */
export const rdataFields: { readonly [type: number]: readonly DnsField[] } = {
  [DnsType.A]: [ipv4('address', address.label, 'dns.a')],
  [DnsType.AAAA]: [ipv6('address', address.label, 'dns.aaaa')],
  [DnsType.NS]: [name('target', 'Name server', 'dns.ns')],
  [DnsType.CNAME]: [name('target', 'Canonical name', 'dns.cname')],
  [DnsType.PTR]: [name('target', 'Domain name', 'dns.ptr.domain_name')],
  [DnsType.DNAME]: [plainName('target', 'Target', 'dns.dname')],
  [DnsType.MB]: [name('target', 'Mailbox', 'dns.mb')],
  [DnsType.MG]: [name('target', 'Mail group member', 'dns.mg')],
  [DnsType.MR]: [name('target', 'Mail rename', 'dns.mr')],
  [DnsType.SOA]: [
    name('mname', 'Primary name server', 'dns.soa.mname'),
    name('rname', "Responsible authority's mailbox", 'dns.soa.rname'),
    u32('serial', 'Serial number', 'dns.soa.serial_number'),
    u32('refresh', 'Refresh interval', 'dns.soa.refresh_interval'),
    u32('retry', 'Retry interval', 'dns.soa.retry_interval'),
    u32('expire', 'Expire limit', 'dns.soa.expire_limit'),
    u32('minimum', 'Minimum TTL', 'dns.soa.minimum_ttl'),
  ],
  [DnsType.MX]: [
    u16('preference', 'Preference', 'dns.mx.preference'),
    name('exchange', 'Mail exchange', 'dns.mx.mail_exchange'),
  ],
  [DnsType.TXT]: textFields,
  [DnsType.SPF]: [strings('strings', 'Text', 'dns.spf')],
  [DnsType.HINFO]: [
    string('cpu', 'CPU', 'dns.hinfo.cpu', 'dns.hinfo.cpu_length'),
    string('os', 'Operating system', 'dns.hinfo.os', 'dns.hinfo.os_length'),
  ],
  [DnsType.RP]: [plainName('mailbox', 'Mailbox', 'dns.rp.mailbox'), plainName('txt', 'TXT RR', 'dns.rp.txt_rr')],
  [DnsType.AFSDB]: [
    u16('subtype', 'Subtype', 'dns.afsdb.subtype'),
    plainName('hostname', 'Hostname', 'dns.afsdb.hostname'),
  ],
  [DnsType.SRV]: [
    u16('priority', 'Priority', 'dns.srv.priority'),
    u16('weight', 'Weight', 'dns.srv.weight'),
    u16('port', 'Port', 'dns.srv.port'),
    plainName('target', 'Target', 'dns.srv.target'),
  ],
  [DnsType.NAPTR]: [
    u16('order', 'Order', 'dns.naptr.order'),
    u16('preference', 'Preference', 'dns.naptr.preference'),
    string('flags', 'Flags', 'dns.naptr.flags', 'dns.naptr.flags_length'),
    string('service', 'Service', 'dns.naptr.service', 'dns.naptr.service_length'),
    string('regexp', 'Regular expression', 'dns.naptr.regex', 'dns.naptr.regex_length'),
    plainName('replacement', 'Replacement', 'dns.naptr.replacement', 'dns.naptr.replacement_length'),
  ],
  [DnsType.KX]: [
    u16('preference', 'Preference', 'dns.kx.preference'),
    plainName('exchange', 'Key exchange', 'dns.kx.key_exchange'),
  ],
  [DnsType.DS]: dsFields,
  [DnsType.CDS]: dsFields,
  [DnsType.DNSKEY]: dnskeyFields,
  [DnsType.CDNSKEY]: dnskeyFields,
  [DnsType.SSHFP]: [
    u8('algorithm', 'Algorithm', 'dns.sshfp.algorithm', { 1: 'RSA', 2: 'DSS', 3: 'ECDSA', 4: 'Ed25519', 6: 'Ed448' }),
    u8('fingerprintType', 'Fingerprint type', 'dns.sshfp.fingerprint.type', { 1: 'SHA-1', 2: 'SHA-256' }),
    rest('fingerprint', 'Fingerprint', 'dns.sshfp.fingerprint'),
  ],
  [DnsType.RRSIG]: [
    u16('typeCovered', 'Type covered', 'dns.rrsig.type_covered', dnsTypeNames),
    algorithm('dns.rrsig.algorithm'),
    u8('labels', 'Labels', 'dns.rrsig.labels'),
    u32('originalTtl', 'Original TTL', 'dns.rrsig.original_ttl'),
    time('expiration', 'Signature expiration', 'dns.rrsig.signature_expiration'),
    time('inception', 'Signature inception', 'dns.rrsig.signature_inception'),
    u16('keyTag', 'Key tag', 'dns.rrsig.key_tag'),
    plainName('signer', "Signer's name", 'dns.rrsig.signers_name'),
    rest('signature', 'Signature', 'dns.rrsig.signature'),
  ],
  [DnsType.NSEC]: [
    plainName('next', 'Next domain name', 'dns.nsec.next_domain_name'),
    types('types', 'Types', 'dns.resp.type'),
  ],
  [DnsType.NSEC3]: [
    u8('algorithm', 'Hash algorithm', 'dns.nsec3.algo', { 1: 'SHA-1' }),
    flagged(u8('flags', 'Flags', 'dns.nsec3.flags'), 1, [['optOut', 'Opt-out', 'dns.nsec3.flags.opt_out', 7, 1]]),
    u16('iterations', 'Iterations', 'dns.nsec3.iterations'),
    prefixed('salt', 'Salt', 'dns.nsec3.salt_value', { lengthFilter: 'dns.nsec3.salt_length' }),
    prefixed('nextHash', 'Next hashed owner', 'dns.nsec3.hash_value', {
      lengthFilter: 'dns.nsec3.hash_length',
      shownAs: 'base32hex',
    }),
    types('types', 'Types', 'dns.resp.type'),
  ],
  [DnsType.NSEC3PARAM]: [
    u8('algorithm', 'Hash algorithm', 'dns.nsec3.algo', { 1: 'SHA-1' }),
    flagged(u8('flags', 'Flags', 'dns.nsec3.flags'), 1, []),
    u16('iterations', 'Iterations', 'dns.nsec3.iterations'),
    prefixed('salt', 'Salt', 'dns.nsec3.salt_value', { lengthFilter: 'dns.nsec3.salt_length' }),
  ],
  [DnsType.TLSA]: tlsaFields,
  [DnsType.CAA]: [
    flagged(hex8('flags', 'Flags', 'dns.caa.flags'), 1, [
      ['issuerCritical', 'Issuer critical', 'dns.caa.flags.issuer_critical', 0, 1],
    ]),
    string('tag', 'Tag', 'dns.caa.tag', 'dns.caa.tag_length'),
    text('value', 'Value', 'dns.caa.value'),
  ],
  [DnsType.SVCB]: svcbFields,
  [DnsType.HTTPS]: svcbFields,
  [DnsType.OPT]: [options('options', 'Options', 'dns.opt')],
  [DnsType.NULL]: [rest('bytes', 'Bytes', 'dns.null')],
  [DnsType.CERT]: [
    u16('certType', 'Certificate type', 'dns.cert.type', { 1: 'PKIX', 2: 'SPKI', 3: 'PGP' }),
    hex16('keyTag', 'Key tag', 'dns.cert.key_tag'),
    u8('algorithm', 'Algorithm', 'dns.cert.algorithm', dnssecAlgorithmNames),
    rest('certificate', 'Certificate', 'dns.cert.certificate'),
  ],
  [DnsType.OPENPGPKEY]: [text('key', 'OpenPGP key', 'dns.openpgpkey')],
};
