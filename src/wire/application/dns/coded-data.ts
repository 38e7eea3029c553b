/**
 * Items as EDNS options (RFC 6891 section 6.1.2) and service parameters (RFC 9460 section 2.2) are laid out: a code and a length of 16
 * bits each, then data of that length.
 *
 * @module
 */

/** Where one item lies. */
export interface CodedItem {
  readonly code: number;
  /** Offset of its code; its data begin 4 bytes on. */
  readonly at: number;
  /** Offset behind its data. */
  readonly end: number;
}

/** The items from `at` to `end`, up to the first whose length leads out of them, and whether there was none such. */
export function codedItems(view: DataView, at: number, end: number): { items: CodedItem[]; isWhole: boolean } {
  const items: CodedItem[] = [];
  let i = at;
  while (i + 4 <= end) {
    const next = i + 4 + view.getUint16(i + 2);
    if (next > end) break;
    items.push({ code: view.getUint16(i), at: i, end: next });
    i = next;
  }
  return { items, isWhole: i === end };
}

/** Appends an item. */
export function appendCoded(to: number[], code: number, data: Uint8Array): void {
  to.push(code >> 8, code & 0xff, data.length >> 8, data.length & 0xff, ...data);
}
