/**
 * Filters on raw bytes: those that ask for addresses, ports, flags and lengths only are compiled to one function that reads the
 * headers in place, for the sniffer and for big files.
 *
 * @module
 */
import type { Outline } from '../outline.js';
import { filterField } from './field.js';
import type { Comparison, Condition, Operand } from './syntax.js';
import { readLiteral } from './value.js';

/** Whether a plain frame is meant, by its headers. */
export type RawPredicate = (outline: Outline) => boolean;

/** A field read from the bytes: when it is there, and its occurrences as expressions. */
interface RawField {
  readonly there: string;
  readonly values: readonly string[];
}

const ip4 = 'o.ipVersion === 4';
const tcp = 'o.isTcp';
const udp = 'o.isUdp';
const u8 = (base: string, offset: number) => `v.getUint8(o.${base} + ${offset})`;
const u16 = (base: string, offset: number) => `v.getUint16(o.${base} + ${offset})`;
const u32 = (base: string, offset: number) => `v.getUint32(o.${base} + ${offset})`;
const bit = (mask: number) => `(${u16('transportAt', 12)} & ${mask} ? 1 : 0)`;

const fields: { readonly [name: string]: RawField } = {
  'frame.len': { there: 'true', values: ['o.originalLength'] },
  'frame.cap_len': { there: 'true', values: ['(o.end - o.at)'] },
  'eth.type': { there: 'o.ethernetAt >= 0 && v.getUint16(o.ethernetAt + 12) >= 1536', values: [u16('ethernetAt', 12)] },
  'ip.src': { there: ip4, values: [u32('ipAt', 12)] },
  'ip.dst': { there: ip4, values: [u32('ipAt', 16)] },
  'ip.addr': { there: ip4, values: [u32('ipAt', 12), u32('ipAt', 16)] },
  'ip.proto': { there: ip4, values: [u8('ipAt', 9)] },
  'ip.ttl': { there: ip4, values: [u8('ipAt', 8)] },
  'ip.len': { there: ip4, values: [u16('ipAt', 2)] },
  'ip.id': { there: ip4, values: [u16('ipAt', 4)] },
  'ip.flags.df': { there: ip4, values: [`(${u16('ipAt', 6)} & 0x4000 ? 1 : 0)`] },
  'tcp.srcport': { there: tcp, values: [u16('transportAt', 0)] },
  'tcp.dstport': { there: tcp, values: [u16('transportAt', 2)] },
  'tcp.port': { there: tcp, values: [u16('transportAt', 0), u16('transportAt', 2)] },
  'tcp.seq_raw': { there: tcp, values: [u32('transportAt', 4)] },
  'tcp.ack_raw': { there: tcp, values: [u32('transportAt', 8)] },
  'tcp.hdr_len': { there: tcp, values: [`(${u8('transportAt', 12)} >> 4) * 4`] },
  'tcp.flags': { there: tcp, values: [`(${u16('transportAt', 12)} & 0xfff)`] },
  'tcp.flags.fin': { there: tcp, values: [bit(0x01)] },
  'tcp.flags.syn': { there: tcp, values: [bit(0x02)] },
  'tcp.flags.reset': { there: tcp, values: [bit(0x04)] },
  'tcp.flags.push': { there: tcp, values: [bit(0x08)] },
  'tcp.flags.ack': { there: tcp, values: [bit(0x10)] },
  'tcp.window_size_value': { there: tcp, values: [u16('transportAt', 14)] },
  'tcp.len': { there: tcp, values: ['o.payloadLength'] },
  'udp.srcport': { there: udp, values: [u16('transportAt', 0)] },
  'udp.dstport': { there: udp, values: [u16('transportAt', 2)] },
  'udp.port': { there: udp, values: [u16('transportAt', 0), u16('transportAt', 2)] },
  'udp.length': { there: udp, values: [u16('transportAt', 4)] },
  eth: { there: 'o.ethernetAt >= 0', values: [] },
  ip: { there: ip4, values: [] },
  ipv6: { there: 'o.ipVersion === 6', values: [] },
  tcp: { there: tcp, values: [] },
  udp: { there: udp, values: [] },
};

const jsOperators: { readonly [K in Comparison]?: string } = {
  '==': '===',
  '!=': '!==',
  '===': '===',
  '!==': '!==',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
};

/** The function for a filter; undefined where it asks for more than the headers have. */
export function compileRaw(condition: Condition): RawPredicate | undefined {
  const code = conditionCode(condition);
  if (code === undefined) return undefined;
  return new Function('o', `'use strict'; const v = o.view; return ${code};`) as RawPredicate;
}

function conditionCode(condition: Condition): string | undefined {
  switch (condition.kind) {
    case 'and':
    case 'or':
    case 'xor': {
      const [left, right] = [conditionCode(condition.left), conditionCode(condition.right)];
      if (left === undefined || right === undefined) return undefined;
      return `(${left} ${{ and: '&&', or: '||', xor: '!==' }[condition.kind]} ${right})`;
    }
    case 'not': {
      const of = conditionCode(condition.of);
      return of === undefined ? undefined : `!${of}`;
    }
    case 'present': {
      const { operand } = condition;
      if (operand.kind === 'arithmetic' && operand.operator === '&') {
        const field = fieldOf(operand.left);
        const mask = operand.right.kind === 'literal' ? numberOf(operand.left, operand.right) : undefined;
        if (field === undefined || mask?.value === undefined || field.values.length === 0) return undefined;
        return `(${field.there} && (${field.values.map((value) => `(${value} & ${mask.value}) !== 0`).join(' || ')}))`;
      }
      const field = fieldOf(operand);
      return field === undefined ? undefined : `(${field.there})`;
    }
    case 'compare': {
      const { operator, quantifier, left, right } = condition;
      const js = jsOperators[operator];
      const field = fieldOf(left);
      const wanted = numberOf(left, right);
      if (js === undefined || field === undefined || wanted === undefined || field.values.length === 0)
        return undefined;
      if (wanted.mask !== undefined && js !== '===' && js !== '!==') return undefined;
      const isAll = quantifier ? quantifier === 'all' : operator === '!=' || operator === '===';
      const tests = field.values.map((value) => `${masked(value, wanted.mask)} ${js} ${wanted.value}`);
      return `(${field.there} && (${tests.join(isAll ? ' && ' : ' || ')}))`;
    }
    case 'in': {
      const { left, set, quantifier } = condition;
      const field = fieldOf(left);
      if (field === undefined || field.values.length === 0) return undefined;
      const tests = field.values.map((value) => {
        const parts = set.map(({ low, high }) => {
          const from = numberOf(left, low);
          const to = high === undefined ? undefined : numberOf(left, high);
          if (from === undefined || (high !== undefined && to === undefined)) return undefined;
          if (to === undefined) return `${masked(value, from.mask)} === ${from.value}`;
          return `${value} >= ${from.value} && ${value} <= ${to.value}`;
        });
        return parts.includes(undefined) ? undefined : `(${parts.join(' || ')})`;
      });
      if (tests.includes(undefined)) return undefined;
      return `(${field.there} && (${tests.join(quantifier === 'all' ? ' && ' : ' || ')}))`;
    }
  }
}

function masked(value: string, mask: number | undefined): string {
  return mask === undefined ? value : `((${value} & ${mask | 0}) >>> 0)`;
}

function fieldOf(operand: Operand): RawField | undefined {
  if (operand.kind !== 'field' || operand.layer !== undefined) return undefined;
  return Object.hasOwn(fields, operand.name) ? fields[operand.name] : undefined;
}

/** A literal as a number, an address with the mask of its network. */
function numberOf(left: Operand, right: Operand): { value: number; mask?: number } | undefined {
  if (left.kind !== 'field' || right.kind !== 'literal') return undefined;
  const kind = filterField(left.name)?.kind;
  if (kind !== 'number' && kind !== 'boolean' && kind !== 'ipv4') return undefined;
  const literal = readLiteral(kind, right.text, right.form);
  if (literal === undefined || typeof literal.value !== 'number') return undefined;
  if (literal.prefix === undefined || literal.prefix === 32) return { value: literal.value };
  const mask = literal.prefix === 0 ? 0 : (-1 << (32 - literal.prefix)) >>> 0;
  return { value: (literal.value & mask) >>> 0, mask };
}
