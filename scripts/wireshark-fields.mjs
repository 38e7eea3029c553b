// Writes src/wire/tools/wireshark-fields.ts: the type and notation of every Wireshark field name that the layers' sources hold, and
// src/traffic/filter/value-names.ts: the names of their values, as the installed tshark lists them.
// `npm run build && node scripts/wireshark-fields.mjs`, after a layer was given new names.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { samplePackets } from '../dist/testing/wire-samples.js';
import { filterFieldNames } from '../dist/traffic/index.js';
import { layers } from '../dist/wire/index.js';

const target = 'src/wire/tools/wireshark-fields.ts';
const valueTarget = 'src/traffic/filter/value-names.ts';
const sources = readdirSync('src/wire', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.endsWith('wireshark-fields.ts'))
  .map((file) => readFileSync(`src/wire/${file}`, 'utf8'));
const inTables = layers.flatMap(({ type }) =>
  (type.fields ?? []).flatMap(({ filters, field }) => [
    ...filters,
    ...(field.meta.flags ?? []).flatMap(({ filter }) => filter ?? []),
  ]),
);
const inSources = sources.flatMap((text) =>
  [...text.matchAll(/'([a-z][\w-]*(?:\.[\w-]+)+)'/g)].map((match) => match[1]),
);

/** Names that a source puts together of parts, `dhcp.option.${name}`: every word of the source may be in each gap. */
const composed = sources.flatMap((text) => {
  const words = new Set([...text.matchAll(/\b([a-z]\w*)(?=:|')/g)].map((match) => match[1]));
  const templates = new Set(
    [...text.matchAll(/`((?:[a-z]\w*\.|\$\{)[^`\s]*\$?\{?[^`\s]*)`/g)].map((match) => match[1]),
  );
  const names = [...text.matchAll(/'([a-z][\w-]*(?:\.[\w-]+)+)'/g)].map((match) => match[1]);
  return [...templates].flatMap((template) => {
    const [first, ...rest] = template.split(/\$\{[^}]*\}/);
    // A gap at the beginning is for a whole name.
    const begun = first === '' ? ((end) => names.map((name) => name + end))(rest.shift()) : [first];
    return rest.reduce((starts, end) => starts.flatMap((start) => [...words].map((word) => start + word + end)), begun);
  });
});
/** Names in the trees of the packets that the tests make, however the sources put them together. */
const shown = [];
const visit = (nodes) => {
  for (const node of nodes) {
    shown.push(...node.filters, ...(node.flags ?? []).flatMap(({ filter }) => filter ?? []));
    visit(node.children ?? []);
  }
};
for (const { packet } of samplePackets()) for (const { nodes } of packet.nodes()) visit(nodes);
const literals = new Set([...inSources, ...inTables, ...composed, ...shown]);

const types = {
  FT_BOOLEAN: 'boolean',
  FT_STRING: 'text',
  FT_STRINGZ: 'text',
  FT_STRINGZPAD: 'text',
  FT_STRINGZTRUNC: 'text',
  FT_UINT_STRING: 'text',
  FT_BYTES: 'bytes',
  FT_UINT_BYTES: 'bytes',
  FT_ETHER: 'mac',
  FT_IPv4: 'ipv4',
  FT_IPv6: 'ipv6',
  FT_ABSOLUTE_TIME: 'time',
  FT_RELATIVE_TIME: 'duration',
  FT_NONE: 'none',
  FT_GUID: 'guid',
  FT_CHAR: 'char',
  FT_OID: 'text',
  FT_DOUBLE: 'text',
  FT_FLOAT: 'text',
  FT_EUI64: 'text',
  FT_SYSTEM_ID: 'text',
  FT_REL_OID: 'text',
};
const fields = new Map();
const listing = execFileSync('tshark', ['-G', 'fields'], {
  encoding: 'utf8',
  maxBuffer: 1 << 28,
  stdio: ['ignore', 'pipe', 'ignore'],
});
for (const line of listing.split('\n')) {
  const [kind, , name, ft, , base] = line.split('\t');
  // Frame numbers follow from other packets: no packet by itself has one.
  if (kind !== 'F' || !literals.has(name) || ft === 'FT_FRAMENUM') continue;
  const width = /^FT_U?INT(\d+)$/.exec(ft)?.[1];
  const sign = ft.startsWith('FT_INT') ? 'int' : 'uint';
  const type = width ? `${base.startsWith('BASE_HEX') ? 'hex' : sign}${width}` : types[ft];
  if (type === undefined) throw new Error(`${name} is of type ${ft}, which has no counterpart in ${target}`);
  // Where Wireshark lists a name more than once, the first is the widest notation that all of them share.
  if (!fields.has(name)) fields.set(name, type);
}
const lines = [...fields].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, type]) => `  '${name}': '${type}',`);
writeFileSync(
  target,
  `/**
 * Type and notation of the fields that this package reads, by Wireshark's names, as \`tshark -G fields\` of Wireshark 4.0 lists them.
 * Written by \`node scripts/wireshark-fields.mjs\`.
 *
 * @module
 */
import type { WiresharkType } from '../core/field.js';

/** Every name that a layer's field has. */
export const wiresharkFields: { readonly [name: string]: WiresharkType } = {
${lines.join('\n')}
};
`,
);
console.log(`${target}: ${fields.size} fields`);

// V lines: one value a name. R lines: ranges, of which a filter can mean one only where it holds a single value. T lines: true, false.
const lists = new Map();
const wanted = new Set([...fields.keys(), ...filterFieldNames()]);
const named = execFileSync('tshark', ['-G', 'values'], {
  encoding: 'utf8',
  maxBuffer: 1 << 30,
  stdio: ['ignore', 'pipe', 'ignore'],
});
for (const line of named.split('\n')) {
  const [kind, name, first, second, third] = line.split('\t');
  if (!wanted.has(name)) continue;
  const entries = lists.get(name) ?? [];
  lists.set(name, entries);
  if (kind === 'V' || kind === 'V64') entries.push([Number(first), second]);
  else if (kind === 'T') entries.push([1, first], [0, second]);
  else if (kind === 'R' && first === second) entries.push([Number(first), third]);
}
/** Fields by the text of their list: many share one. */
const shared = new Map();
for (const [name, entries] of [...lists].sort(([a], [b]) => (a < b ? -1 : 1))) {
  // The first value of a name is the one that Wireshark takes.
  const seen = new Set();
  const own = entries.filter(
    ([, text]) => text !== '' && !seen.has(text.toLowerCase()) && seen.add(text.toLowerCase()),
  );
  if (own.length === 0) continue;
  const text = own.map(([value, word]) => `${value} ${word}`).join('\n');
  shared.set(text, [...(shared.get(text) ?? []), name]);
}
const quoted = (text) => `'${text.replace(/[\\']/g, '\\$&').replaceAll('\n', '\\n')}'`;
writeFileSync(
  valueTarget,
  `/**
 * Names that Wireshark 4.0 has for values of fields, as \`tshark -G values\` lists them. Written by \`node scripts/wireshark-fields.mjs\`.
 *
 * @module
 */

/** Fields with spaces between, and behind them their values: a line each, the number, a space, the name. */
export const valueNames: readonly (readonly [fields: string, values: string])[] = [
${[...shared].map(([text, names]) => `  [${quoted(names.join(' '))}, ${quoted(text)}],`).join('\n')}
]; // biome-ignore format: a table
`,
);
console.log(`${valueTarget}: ${shared.size} lists`);
