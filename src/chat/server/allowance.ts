/**
 * Flood control: a token bucket (RFC 2697's, with one colour).
 *
 * @module
 */

/** How many lines a client may still send at once. Grows with time up to `burst`; may be overdrawn by one dear line. */
export class Allowance {
  readonly #burst: number;
  readonly #perMs: number;
  #tokens: number;
  #at: number;

  constructor(burst: number, perSecond: number, now: number) {
    this.#burst = burst;
    this.#perMs = perSecond / 1000;
    this.#tokens = burst;
    this.#at = now;
  }

  /** Milliseconds until a line may be read: 0 for at once. */
  wait(now: number): number {
    if (this.#perMs === Number.POSITIVE_INFINITY) return 0;
    if (now > this.#at) {
      this.#tokens = Math.min(this.#burst, this.#tokens + (now - this.#at) * this.#perMs);
      this.#at = now;
    }
    return this.#tokens >= 1 ? 0 : Math.ceil((1 - this.#tokens) / this.#perMs);
  }

  /** Takes what a line costs. */
  take(cost: number): void {
    this.#tokens -= cost;
  }
}
