/**
 * Answers to `/who`, each with the tag of its question.
 *
 * @module
 */
import type { ChatError } from '../../errors.js';

interface List {
  readonly names: string[];
  resolve(names: string[]): void;
  reject(error: ChatError): void;
}

/** Questions under way, by tag. An answer without a known tag is nobody's. */
export class Lists {
  readonly #lists = new Map<string, List>();

  /** The names that come with this tag. */
  ask(tag: string): Promise<string[]> {
    return new Promise((resolve, reject) => this.#lists.set(tag, { names: [], resolve, reject }));
  }

  /** One line of names, the tag first: `#7 Alice Bob`. */
  add([mark = '', ...names]: readonly string[]): void {
    this.#lists.get(mark.slice(1))?.names.push(...names);
  }

  /** The last line. */
  end([mark = '']: readonly string[]): void {
    const list = this.#take(mark.slice(1));
    list?.resolve(list.names);
  }

  /** Returns false when there is no question of that tag. */
  refuse(tag: string, error: ChatError): boolean {
    const list = this.#take(tag);
    list?.reject(error);
    return list !== undefined;
  }

  /** No more answers come. */
  lose(error: ChatError): void {
    for (const { reject } of this.#lists.values()) reject(error);
    this.#lists.clear();
  }

  #take(tag: string): List | undefined {
    const list = this.#lists.get(tag);
    this.#lists.delete(tag);
    return list;
  }
}
