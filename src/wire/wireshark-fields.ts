/**
 * Type and notation of the fields that this package reads, by Wireshark's names, as `tshark -G fields` of Wireshark 4.0 lists them.
 * Written by `node scripts/wireshark-fields.mjs`.
 *
 * @module
 */

/**
 * How Wireshark writes a field: numbers in decimal (`uint16`) or as hexadecimal of their width (`hex16`), booleans as 1 and 0, bytes
 * as digits, addresses and text as they are.
 */
export type WiresharkType =
  | `${'uint' | 'int' | 'hex'}${8 | 16 | 24 | 32 | 40 | 48 | 56 | 64}`
  | 'boolean'
  | 'char'
  | 'text'
  | 'bytes'
  | 'mac'
  | 'ipv4'
  | 'ipv6'
  | 'time'
  | 'duration'
  | 'guid'
  | 'none'
  | 'protocol';

/** Every name that a layer's field has. */
export const wiresharkFields: { readonly [name: string]: WiresharkType } = {
  'data.data': 'bytes',
  'ip.addr': 'ipv4',
  'ip.checksum': 'hex16',
  'ip.dsfield.dscp': 'uint8',
  'ip.dsfield.ecn': 'uint8',
  'ip.dst': 'ipv4',
  'ip.dst_host': 'text',
  'ip.flags': 'hex8',
  'ip.flags.df': 'boolean',
  'ip.flags.mf': 'boolean',
  'ip.flags.rb': 'boolean',
  'ip.frag_offset': 'uint16',
  'ip.hdr_len': 'uint8',
  'ip.host': 'text',
  'ip.id': 'hex16',
  'ip.len': 'uint16',
  'ip.proto': 'uint8',
  'ip.src': 'ipv4',
  'ip.src_host': 'text',
  'ip.ttl': 'uint8',
  'ip.version': 'uint8',
  'null.family': 'uint32',
  'tcp.ack_raw': 'uint32',
  'tcp.checksum': 'hex16',
  'tcp.dstport': 'uint16',
  'tcp.flags': 'hex16',
  'tcp.flags.ack': 'boolean',
  'tcp.flags.ae': 'boolean',
  'tcp.flags.cwr': 'boolean',
  'tcp.flags.ece': 'boolean',
  'tcp.flags.fin': 'boolean',
  'tcp.flags.push': 'boolean',
  'tcp.flags.res': 'boolean',
  'tcp.flags.reset': 'boolean',
  'tcp.flags.syn': 'boolean',
  'tcp.flags.urg': 'boolean',
  'tcp.hdr_len': 'uint8',
  'tcp.option_kind': 'uint8',
  'tcp.option_len': 'uint8',
  'tcp.options.mss_val': 'uint16',
  'tcp.options.sack_le': 'uint32',
  'tcp.options.sack_re': 'uint32',
  'tcp.options.timestamp.tsecr': 'uint32',
  'tcp.options.timestamp.tsval': 'uint32',
  'tcp.options.wscale.shift': 'uint8',
  'tcp.port': 'uint16',
  'tcp.seq_raw': 'uint32',
  'tcp.srcport': 'uint16',
  'tcp.urgent_pointer': 'uint16',
  'tcp.window_size_value': 'uint16',
};
