/**
 * Lists that show themselves: arrays whose text is a line for each thing in them. Folders that draw give them a picture as well.
 *
 * @module
 */

/** An array with a text. What is derived from it by `map`, `filter` or `slice` is a plain array. */
export abstract class ShownList<T> extends Array<T> {
  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }

  /** A list that holds these. */
  static holding<T, L extends ShownList<T>>(this: new () => L, items: Iterable<T>): L {
    const list = new this();
    for (const item of items) list.push(item);
    return list;
  }

  abstract override toString(): string;

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}
