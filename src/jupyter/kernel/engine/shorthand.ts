/**
 * `{ name }` with a name from an earlier cell. The converter turns such names into `exports.name`, but not where they stand as a shorthand
 * property, which then fails with a ReferenceError as the cell runs. A transformer in front of its own writes the property out.
 *
 * @module
 */

/** The part of the compiler's syntax tree that is looked at. */
interface Node {
  readonly name?: { readonly text: string };
}

interface Checker {
  getShorthandAssignmentValueSymbol(
    node: Node,
  ): { readonly declarations?: readonly { getSourceFile(): { readonly fileName: string } }[] } | undefined;
}

type Transformer = (context: object) => (node: Node) => Node;

interface Transformers {
  readonly before?: readonly Transformer[];
}

interface Builder {
  getProgram(): { getTypeChecker(): Checker };
  emit(
    file?: object,
    write?: unknown,
    token?: unknown,
    onlyDeclarations?: boolean,
    transformers?: Transformers,
  ): unknown;
}

/** The compiler, as far as it is needed here. */
export interface ShorthandCompiler {
  readonly factory: {
    createIdentifier(text: string): Node;
    createPropertyAccessExpression(object: Node, name: string): Node;
    createPropertyAssignment(name: string, value: Node): Node;
  };
  isShorthandPropertyAssignment(node: Node): boolean;
  visitEachChild(node: Node, visit: (node: Node) => Node, context: object): Node;
  createWatchProgram(host: WatchHost): unknown;
}

/** The compiler hands each program it makes to `afterProgramCreate`. */
export interface WatchHost {
  afterProgramCreate?(builder: Builder): void;
}

/** File in which the converter declares the names of earlier cells. */
const EARLIER = /(^|\/)__prev__\.d\.ts$/;

/** The compiler's `createWatchProgram`, whose programs emit with the transformer in front. */
export function createWatchProgram(compiler: ShorthandCompiler, host: WatchHost): unknown {
  const take = host.afterProgramCreate?.bind(host);
  host.afterProgramCreate = (builder) => {
    const emit = builder.emit.bind(builder);
    builder.emit = (file, write, token, onlyDeclarations, transformers) =>
      emit(file, write, token, onlyDeclarations, {
        ...transformers,
        before: [expand(compiler, builder.getProgram().getTypeChecker()), ...(transformers?.before ?? [])],
      });
    take?.(builder);
  };
  return compiler.createWatchProgram(host);
}

function expand(compiler: ShorthandCompiler, checker: Checker): Transformer {
  const { factory } = compiler;
  return (context) => {
    const visit = (node: Node): Node => {
      if (compiler.isShorthandPropertyAssignment(node) && isEarlier(checker, node)) {
        const { text } = node.name!;
        return factory.createPropertyAssignment(
          text,
          factory.createPropertyAccessExpression(factory.createIdentifier('exports'), text),
        );
      }
      return compiler.visitEachChild(node, visit, context);
    };
    return visit;
  };
}

function isEarlier(checker: Checker, node: Node): boolean {
  const { declarations = [] } = checker.getShorthandAssignmentValueSymbol(node) ?? {};
  return declarations.some((declaration) => EARLIER.test(declaration.getSourceFile().fileName));
}
