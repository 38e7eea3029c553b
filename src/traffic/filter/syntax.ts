/**
 * The tree of a display filter.
 *
 * @module
 */

/** A place in the filter's text. */
export interface Span {
  readonly at: number;
  readonly length: number;
}

/** How two operands are compared. */
export type Comparison = '==' | '!=' | '===' | '!==' | '<' | '<=' | '>' | '>=' | 'contains' | 'matches' | '&';

/** Part of a value, counted in bytes (characters of a text): from `from`, `length` of them or to the end. */
export interface SliceRange {
  readonly from: number;
  /** Undefined for all the rest. Negative for an end counted from the value's end. */
  readonly length: number | undefined;
}

/** Something with values. */
export type Operand =
  | ({ readonly kind: 'field'; readonly name: string; readonly layer?: number } & Span)
  | ({ readonly kind: 'literal'; readonly text: string; readonly form: 'word' | 'string' | 'char' } & Span)
  | ({ readonly kind: 'slice'; readonly of: Operand; readonly ranges: readonly SliceRange[] } & Span)
  | ({ readonly kind: 'call'; readonly name: string; readonly args: readonly Operand[] } & Span)
  | ({
      readonly kind: 'arithmetic';
      readonly operator: '+' | '-' | '*' | '/' | '%' | '&';
      readonly left: Operand;
      readonly right: Operand;
    } & Span)
  | ({ readonly kind: 'negative'; readonly of: Operand } & Span);

/** An element of a set. */
export type SetElement = { readonly low: Operand; readonly high?: Operand };

/** Something that is true or false of a packet. */
export type Condition =
  | ({ readonly kind: 'and' | 'or' | 'xor'; readonly left: Condition; readonly right: Condition } & Span)
  | ({ readonly kind: 'not'; readonly of: Condition } & Span)
  | ({ readonly kind: 'present'; readonly operand: Operand } & Span)
  | ({
      readonly kind: 'compare';
      readonly operator: Comparison;
      readonly quantifier?: 'any' | 'all';
      readonly left: Operand;
      readonly right: Operand;
    } & Span)
  | ({
      readonly kind: 'in';
      readonly quantifier?: 'any' | 'all';
      readonly left: Operand;
      readonly set: readonly SetElement[];
    } & Span);
