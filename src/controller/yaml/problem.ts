// What is wrong with a file that people write, as data and as the text they read.

/** A step into the document: a key of a mapping or an index of a sequence. */
export type DocumentPath = readonly (string | number)[];

/** One thing to mend. */
export interface FileProblem {
  readonly file: string;
  /** From 1; undefined when the trouble has no place in the text (the file cannot be read). */
  readonly line: number | undefined;
  /** From 1, in UTF-16 units. */
  readonly column: number | undefined;
  /** What the path leads into, where that is not the document. */
  readonly subject?: string | undefined;
  readonly path: DocumentPath;
  /** What is wrong, what was found, and what may stand there. */
  readonly message: string;
}

/** In the order of the file. */
export function sortProblems(problems: readonly FileProblem[]): readonly FileProblem[] {
  return problems.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
}

/** `FILE:LINE:COLUMN: SUBJECT: PATH: MESSAGE`, the form that editors jump to. */
export function formatProblem(problem: FileProblem): string {
  const parts = [formatPlace(problem), problem.subject ?? '', formatPath(problem.path), problem.message];
  return parts.filter(part => part !== '').join(': ');
}

/** `FILE:LINE:COLUMN` */
export function formatPlace({ file, line, column }: Pick<FileProblem, 'file' | 'line' | 'column'>): string {
  return [file, line, column].filter(part => part !== undefined).join(':');
}

/** `vteps[1].address` */
export function formatPath(path: DocumentPath): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    return text === '' ? step : `${text}.${step}`;
  }, '');
}
