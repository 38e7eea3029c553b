import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Flow, FlowTable } from './flow-table.js';

/** An IP header that has nothing but addresses. */
function header(version: number, src: number, dst: number): DataView {
  const view = new DataView(new ArrayBuffer(40));
  // The last byte only: what differs in one word of four must be told apart.
  view.setUint8(version === 4 ? 15 : 23, src);
  view.setUint8(version === 4 ? 19 : 39, dst);
  return view;
}

interface Step {
  readonly isDelete: boolean;
  readonly version: 4 | 6;
  readonly src: number;
  readonly dst: number;
  readonly srcPort: number;
  readonly dstPort: number;
}

const key = ({ version, src, dst, srcPort, dstPort }: Step) => `${version} ${src}:${srcPort} ${dst}:${dstPort}`;
const turned = (step: Step): Step => ({
  ...step,
  src: step.dst,
  dst: step.src,
  srcPort: step.dstPort,
  dstPort: step.srcPort,
});

const steps = fc.array(
  fc.record({
    isDelete: fc.boolean(),
    version: fc.constantFrom(4 as const, 6 as const),
    src: fc.nat(2),
    dst: fc.nat(2),
    srcPort: fc.nat(2),
    dstPort: fc.nat(2),
  }),
  { maxLength: 60 },
);

test('a table of flows is a map by both endpoints either way round, through every deletion', () => {
  const property = (list: readonly Step[]) => {
    const table = new FlowTable<string>();
    const model = new Map<string, Flow<string>>();
    for (const step of list) {
      const there = model.get(key(step));
      const back = there === undefined ? model.get(key(turned(step))) : undefined;
      const flow = table.lookup(header(step.version, step.src, step.dst), 0, step.version, step.srcPort, step.dstPort);
      const known = there ?? back;
      if (known !== undefined) assert.equal(flow, known);
      else assert.ok(![...model.values()].includes(flow), 'a new flow is another than those before it');
      assert.equal(table.isReverse, back !== undefined);
      const name = back === undefined ? key(step) : key(turned(step));
      model.set(name, flow);
      if (step.isDelete) {
        table.delete(flow);
        model.delete(name);
        // Deleting once more changes nothing.
        table.delete(flow);
      }
      assert.equal(table.size, model.size);
      assert.deepEqual(new Set(table), new Set(model.values()));
    }
  };
  fc.assert(fc.property(steps, property), { numRuns: 300 });
});

test('of many flows each is found again, and half of them deleted are gone while the others stay', () => {
  const table = new FlowTable<number>();
  const count = 6000;
  const view = header(4, 1, 2);
  const flows = Array.from({ length: count }, (_, port) => table.lookup(view, 0, 4, port, 80));
  assert.equal(table.size, count);
  for (const [port, flow] of flows.entries()) assert.equal(table.lookup(view, 0, 4, port, 80), flow);
  for (const [port, flow] of flows.entries()) if (port % 2 === 0) table.delete(flow);
  assert.equal(table.size, count / 2);
  for (const [port, flow] of flows.entries()) {
    const found = table.lookup(header(4, 2, 1), 0, 4, 80, port);
    assert.equal(found === flow, port % 2 === 1);
    assert.equal(table.isReverse, port % 2 === 1);
  }
});
