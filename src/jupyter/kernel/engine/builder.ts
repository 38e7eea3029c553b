/**
 * Programs without the bookkeeping of a build. The converter asks the compiler for builder programs, which work out anew
 * for every cell which of some 250 declaration files refers to which: a third of a cell's time. All that is wanted of it
 * are the TypeScript and JavaScript files that a cell imports.
 *
 * @module
 */

interface SourceFile {
  readonly fileName: string;
  readonly isDeclarationFile: boolean;
  /** What each `import` in the file was resolved to. */
  readonly resolvedModules?: {
    forEach(take: (found: { resolvedModule?: { resolvedFileName: string } | undefined } | undefined) => void): void;
  };
}

interface Program {
  getSourceFile(name: string): SourceFile | undefined;
  getSourceFiles(): readonly SourceFile[];
  getCompilerOptions(): object;
}

interface Builder {
  getProgram(): Program;
  getAllDependencies(file: SourceFile): string[];
}

/** The part of the compiler needed here. */
export interface BuilderCompiler {
  createAbstractBuilder(...args: unknown[]): Builder;
  bindSourceFile(file: SourceFile, options: object): void;
}

/** The cell, and the names of earlier ones. */
const CELL_FILE = /(?:^|\/)__(?:tslab__|prev__\.d)\.[jt]s$/;

/** What `createWatchCompilerHost` takes as `createProgram`. */
export function programFactory(compiler: BuilderCompiler): (...args: unknown[]) => unknown {
  return (...args) => {
    const builder = compiler.createAbstractBuilder(...args);
    const program = builder.getProgram();
    // The converter reads a cell's names off its bound source file, before anything is checked.
    for (const file of program.getSourceFiles()) {
      if (CELL_FILE.test(file.fileName)) compiler.bindSourceFile(file, program.getCompilerOptions());
    }
    builder.getAllDependencies = (file) => dependencies(program, file);
    return builder;
  };
}

/** The file's name, and those of the files it imports, however far; declarations lead nowhere that has code. */
function dependencies(program: Program, file: SourceFile): string[] {
  const names = new Set<string>();
  const waiting: (SourceFile | undefined)[] = [file];
  for (let next = waiting.pop(); next !== undefined || waiting.length > 0; next = waiting.pop()) {
    if (next === undefined || names.has(next.fileName)) continue;
    names.add(next.fileName);
    if (next.isDeclarationFile) continue;
    next.resolvedModules?.forEach((found) => {
      const name = found?.resolvedModule?.resolvedFileName;
      if (name !== undefined) waiting.push(program.getSourceFile(name));
    });
  }
  return [...names];
}
