// What every measurement here needs: figures said in one way, rounds in which the contestants take turns, medians, samples that recur.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What was measured, beside what it was measured with. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly peer?: string;
  /** Our value by the peer's. */
  readonly ratio?: number;
  readonly wanted?: string;
}

export type Tell = (figure: Figure) => void;

export interface RunOptions {
  /** A JSON object a figure, a line each, instead of text. */
  readonly json: boolean;
  /** Fewer rounds over less: to see that it runs. */
  readonly quick?: boolean;
}

/** What a measurement works with. */
export interface Setting {
  /** A temporary folder, gone afterwards. */
  readonly folder: string;
  readonly quick: boolean;
  /** Says a figure on standard output. */
  readonly tell: Tell;
  /** Says what is no figure: where people read, not among the JSON. */
  readonly note: (text: string) => void;
}

export async function measure(
  { json, quick = false }: RunOptions,
  work: (setting: Setting) => void | Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'wirebook-bench-'));
  const tell: Tell = (figure) => console.log(json ? JSON.stringify(figure) : format(figure));
  const note = (text: string) => (json ? console.error(text) : console.log(text));
  try {
    await work({ folder, quick, tell, note });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function format({ name, value, unit, peer, ratio, wanted }: Figure): string {
  const amount = value >= 1000 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)));
  const beside = ratio === undefined ? '' : `  ${ratio.toPrecision(3)} × ${peer}`;
  return `${name.padEnd(70)} ${amount.padStart(12)} ${unit}${beside}${wanted === undefined ? '' : ` (wanted ${wanted})`}`;
}

/** A round of work: things done, and the seconds they took. */
export interface Round {
  readonly count: number;
  readonly seconds: number;
}

/** One round of `count` things. */
export function timed(count: number, work: () => unknown): Round {
  const begin = performance.now();
  work();
  return { count, seconds: (performance.now() - begin) / 1000 };
}

/**
 * Runs each contestant once a round, one after the other, since the machine is not ours alone; gives each one's first outcome and its
 * median rate. One that is not there, and gives nothing, is left out.
 */
export async function compete<R extends Round>(
  rounds: number,
  contestants: { readonly [name: string]: () => R | undefined | Promise<R | undefined> },
): Promise<ReadonlyMap<string, R & { readonly rate: number }>> {
  const runs = new Map<string, R[]>();
  for (let round = 0; round < rounds; round++) {
    for (const [name, contestant] of Object.entries(contestants)) {
      const outcome = await contestant();
      if (outcome) runs.set(name, [...(runs.get(name) ?? []), outcome]);
    }
  }
  return new Map(
    [...runs].map(([name, all]) => [
      name,
      { ...all[0]!, rate: median(all.map(({ count, seconds }) => count / seconds)) },
    ]),
  );
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The value that a share `part` of all lies below. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

/** Random 32-bit numbers for samples that recur: the linear congruential generator of Numerical Recipes. */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state;
  };
}
