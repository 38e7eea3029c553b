import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cyclesOf, type Import, importsOf, productFiles } from './testing/imports.js';

/** What may be imported from everywhere. */
const shared = ['errors.ts', 'bytes.ts', 'address.ts', 'random.ts', 'link-type.ts', 'shown.ts'];
/** Ways in for users; nothing inside goes round through them. */
const entries = ['index.ts', 'server.ts', 'client.ts'];

/** Protocol files share the names of numbers (`IpProtocol`, `EtherType`) with one another, and what carries what with nobody. */
const protocols = ['wire/link', 'wire/internet', 'wire/transport', 'wire/application'];

/** The rooms of the house, and what each may import beside itself; a room ends where a longer name begins. */
const arrows: { readonly [room: string]: readonly string[] | 'all' } = {
  'wire/core': [],
  'wire/link': ['wire/core', ...protocols],
  'wire/internet': ['wire/core', ...protocols],
  'wire/transport': ['wire/core', ...protocols],
  'wire/application': ['wire/core', ...protocols],
  'wire/stack': ['wire/core', ...protocols],
  'wire/tools': ['wire/core', 'wire/stack', ...protocols],
  wire: ['wire/core', 'wire/stack', 'wire/tools', ...protocols],
  capture: [],
  messages: ['wire', 'capture'],
  raw: ['wire', 'capture'],
  traffic: ['wire', 'capture'],
  view: ['traffic', 'wire', 'capture', 'messages'],
  'chat/protocol': [],
  'chat/server': ['chat/protocol'],
  'chat/client': ['chat/protocol'],
  chat: ['chat/protocol', 'chat/server', 'chat/client'],
  'jupyter/protocol': [],
  'jupyter/kernel': ['jupyter/protocol'],
  'jupyter/run': ['jupyter/protocol', 'jupyter/kernel'],
  'jupyter/server': ['jupyter/protocol', 'jupyter/kernel', 'jupyter/run'],
  jupyter: ['jupyter/protocol', 'jupyter/kernel', 'jupyter/run', 'jupyter/server'],
  grade: ['wire', 'capture', 'messages', 'raw', 'traffic', 'chat', 'view', 'jupyter'],
  cli: 'all',
};
const rooms = Object.keys(arrows).sort((a, b) => b.length - a.length);

/** Run-time packages by the folders that may use them; folders not named have no dependencies at all. */
const packages: { readonly [folder: string]: readonly string[] } = {
  raw: ['raw-socket'],
  traffic: ['re2js'],
  // 'wirebook' is this package: the kernel asks where it stands.
  jupyter: ['wirebook', 'tslab', 'typescript', 'zeromq', 'marked', 'highlight.js', 'plotly.js-basic-dist-min', 'xss'],
  cli: ['commander'],
  // Programs among them; what an import of the chat pulls in has none.
  chat: ['commander', 'unhomoglyph'],
};

function roomOf(file: string): string {
  return rooms.find((room) => file.startsWith(`${room}/`)) ?? (file.includes('/') ? file : '');
}

/** Why an import is wrong; nothing when it is right. */
function wrong({ file, specifier, to }: Pick<Import, 'file' | 'specifier' | 'to'>): string | undefined {
  const room = roomOf(file);
  const [folder] = room.split('/');
  if (to === undefined) {
    if (specifier.startsWith('node:')) return folder === 'wire' ? 'wire runs in a browser' : undefined;
    if (folder === '') return undefined;
    const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
    return packages[folder!]?.includes(name) ? undefined : `${folder} has no such dependency`;
  }
  if (to === '../package.json') return undefined;
  if (to.startsWith('testing/')) return 'the product uses nothing that is for tests';
  if (entries.includes(to) && room !== 'cli') return `nobody inside src imports ${to}`;
  if (room === '' || shared.includes(to)) return undefined;
  const allowed = arrows[room];
  if (allowed === undefined) return `${room} is no room of the house`;
  const target = roomOf(to);
  // A folder's own index speaks for all its rooms, to those outside.
  const isAllowed = (one: string) => one === target || target.startsWith(`${one}/`);
  if (target === room || allowed === 'all' || allowed.some(isAllowed)) return undefined;
  return `${room} may not import ${target || to}`;
}

function faultsOf(imports: readonly Import[]): string[] {
  return imports.flatMap((one) => {
    const why = wrong(one);
    return why === undefined ? [] : [`${one.file} imports ${one.specifier}: ${why}`];
  });
}

const imports = productFiles().flatMap((file) => importsOf(file));

test('Imports run one way, types and late ones among them', () => {
  assert.deepEqual(faultsOf(imports), []);
});

test('No files import one another in a circle, at run time or in types', () => {
  assert.deepEqual(cyclesOf(imports), []);
});

test('An arrow that points the wrong way is seen, however it is written', () => {
  const wrongs: readonly (readonly [file: string, text: string, why: RegExp])[] = [
    [
      'wire/transport/tcp.ts',
      "import { Frame } from '../../capture/frame.js';",
      /wire\/transport may not import capture/,
    ],
    ['wire/transport/tcp.ts', "import type { Layers } from '../stack/layers.js';", /may not import wire\/stack/],
    ['wire/transport/tcp.ts', "let a: import('../tools/diff.js').PacketDiff;", /may not import wire\/tools/],
    ['wire/core/packet.ts', "export * from '../stack/build.js';", /wire\/core may not import wire\/stack/],
    ['wire/link/arp.ts', "import * as fs from 'node:fs';", /browser/],
    ['wire/stack/layers.ts', "import { diff } from '../tools/diff.js';", /wire\/stack may not import wire\/tools/],
    ['view/figure.ts', "const { sendOnTime } = await import('../raw/schedule.js');", /view may not import raw/],
    ['view/figure.ts', "const raw = require('../raw/index.js');", /view may not import raw/],
    ['traffic/a.ts', "createRequire(import.meta.url)('csv-parse');", /traffic has no such dependency/],
    ['traffic/a.ts', "const nodeRequire = createRequire(here); nodeRequire('csv-parse/sync');", /no such dependency/],
    ['traffic/a.ts', "createRequire(import.meta.url).resolve('tslab/package.json');", /no such dependency/],
    ['chat/client/client.ts', "import '../server/server.js';", /chat\/client may not import chat\/server/],
    ['chat/server/server.ts', "import '../../server.js';", /nobody inside src/],
    ['jupyter/protocol/message.ts', "import type { A } from '../kernel/kernel.js';", /may not import jupyter\/kernel/],
    ['jupyter/kernel/kernel.ts', "import type { A } from '../run/runner.js';", /may not import jupyter\/run/],
    ['capture/reader.ts', "import { repository } from '../testing/peer.js';", /for tests/],
    ['attic/thing.ts', "import { a } from '../wire/index.js';", /no room of the house/],
  ];
  for (const [file, text, why] of wrongs) {
    const [fault, ...more] = faultsOf(importsOf(file, text));
    assert.match(fault ?? `nothing said of ${text}`, why);
    assert.deepEqual(more, [], text);
  }
  assert.deepEqual(faultsOf(importsOf('view/a.ts', "import { Tcp } from '../wire/index.js'; // '../raw/x.js'")), []);
  assert.deepEqual(faultsOf(importsOf('view/a.ts', "const advice = `import { a } from '../raw/x.js'`;")), []);
});

test('A circle is seen, of types and of late imports too', () => {
  const circle = [
    ...importsOf('a/one.ts', "import type { Two } from './two.js';"),
    ...importsOf('a/two.ts', "const three = await import('../b/three.js');"),
    ...importsOf('b/three.ts', "import { one } from '../a/one.js'; import { four } from './four.js';"),
    ...importsOf('b/four.ts', "import './five.js';"),
  ];
  assert.deepEqual(cyclesOf(circle), [['a/one.ts', 'a/two.ts', 'b/three.ts']]);
  assert.deepEqual(cyclesOf(circle.filter(({ isType }) => !isType)), []);
});

test('The check of imports reads what is there', () => {
  assert.ok(imports.length > 1000, `${imports.length} imports`);
  for (const room of ['wire/core', 'chat/client', 'jupyter/run', 'traffic'])
    assert.ok(
      imports.some(({ file }) => roomOf(file) === room),
      room,
    );
});
