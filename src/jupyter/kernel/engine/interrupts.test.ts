import assert from 'node:assert/strict';
import test from 'node:test';
import { Random, randomSeed } from '../../../random.js';
import { Engine } from './host.js';
import type { EngineReport, ExecuteOutcome } from './protocol.js';

/** Engines that are interrupted side by side, and how often each is. */
const ENGINES = 2;
const ROUNDS = Number(process.env.WIREBOOK_INTERRUPTS ?? 15);
const seed = Number(process.env.WIREBOOK_FUZZ_SEED ?? randomSeed());

const CODES = [
  'await new Promise(() => {})',
  'for (;;) {}',
  'for (;;) console.log("a line, again and again")',
  'for (;;) await 0',
  'for (;;) await new Promise((resolve) => setTimeout(resolve, 1))',
  'await 0; for (;;) {}',
  '(async () => { await 0; await 0; await 0; for (;;) {} })(); 5',
  'queueMicrotask(() => { for (;;) {} }); 5',
  'process.nextTick(() => { for (;;) {} }); 5',
  'setTimeout(() => { for (;;) {} }); await new Promise(() => {})',
  'setImmediate(() => { for (;;) {} }); await new Promise(() => {})',
  'for (let i = 0; i < 3; i++) setImmediate(() => { if (i === 1) for (;;) {} }); await new Promise(() => {})',
  '{ let n = 0; const timer = setInterval(() => { if (++n > 2) clearInterval(timer); for (;;) {} }, 1); } await new Promise(() => {})',
];

test(`Every interrupt ends its cell and nothing else, however early it comes and whatever loops (seed ${seed})`, async () => {
  const engines = await Promise.all(Array.from({ length: ENGINES }, started));
  try {
    await Promise.all(engines.map((engine, stream) => interruptAgainAndAgain(engine, new Random(seed, stream))));
  } finally {
    for (const engine of engines) engine.stop(); // which ends whatever this process has started
    await Promise.all(engines.map(({ ended }) => ended));
  }
});

async function interruptAgainAndAgain(engine: Engine, random: Random): Promise<void> {
  await ask(engine, 0, '"the compiler is loaded"');
  for (let id = 1; id <= ROUNDS; id++) {
    const code = CODES[random.below(CODES.length)]!;
    const delayMs = random.fraction() * (random.below(4) > 0 ? 5 : 150);
    const told = `${code}, interrupted after ${delayMs.toFixed(2)} ms`;
    const outcome = ask(engine, id, code);
    await passed(delayMs);
    engine.interrupt(id);
    const { failure } = await outcome.catch((cause) => assert.fail(`${told}: ${cause}`));
    assert.equal(failure?.ename, 'Interrupted', told);
  }
  // The same engine still, and the event loop whole.
  const alive = await ask(engine, ROUNDS + 1, 'await new Promise((resolve) => setImmediate(resolve)); "alive"');
  assert.deepEqual(alive, { result: { 'text/plain': "'alive'" } });
}

test('A cell cannot take over what Node calls when nobody caught an exception', async () => {
  const engine = await started();
  const code = '(process as any)._fatalException = () => true; setTimeout(() => { throw new Error("late") }, 10); 1';
  assert.equal((await ask(engine, 1, code)).failure?.evalue, 'late');
  engine.stop();
  await engine.ended;
});

function ask(engine: Engine, id: number, code: string): Promise<ExecuteOutcome> {
  const plain = { silent: false, mayAsk: false, settles: true, expressions: {} };
  return engine.ask({ type: 'execute', id, code, count: id, ...plain }) as Promise<ExecuteOutcome>;
}

function started(): Promise<Engine> {
  return new Promise((resolve) => {
    const engine = new Engine({
      report: ({ type }: EngineReport) => {
        if (type === 'ready') resolve(engine);
      },
      raw: () => {},
      died: () => {}, // whoever waits is told
    });
  });
}

/** Waits to a part of a millisecond. */
async function passed(ms: number): Promise<void> {
  const until = performance.now() + ms;
  if (ms > 5) await new Promise((resolve) => setTimeout(resolve, ms));
  while (performance.now() < until) await new Promise(setImmediate);
}
