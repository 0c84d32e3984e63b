// A YAML text with the way back: where in the file a value of the document stands.

import {
  type Document,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  type ParsedNode,
  parseAllDocuments,
  parseDocument,
} from 'yaml';
import { checkAliases } from './aliases.ts';
import { keyAt, resolved, valueAt } from './locate.ts';
import type { DocumentPath, FileProblem } from './problem.ts';

export interface YamlSource {
  readonly file: string;
  /** The document as plain data. */
  readonly data: unknown;
  /** Errors of the text itself; `data` means nothing when there are any. */
  readonly problems: readonly FileProblem[];
  /** Makes a problem at the value under `path`, or at the nearest thing around it that the text has. */
  readonly problemAt: (path: DocumentPath, message: string) => FileProblem;
  /** Makes a problem at the key itself that ends `path`. */
  readonly problemAtKey: (path: DocumentPath, message: string) => FileProblem;
}

/** YAML 1.2 with the merge keys of 1.1, which are in wide use. */
const yamlOptions = { merge: true, prettyErrors: false, logLevel: 'error' } as const;

/**
 * Reads a text that holds one document.
 * @param textMaps paths of mappings whose numbers are kept as they are written; `*` is any index
 */
export function parseYaml(text: string, file: string, textMaps: readonly DocumentPath[] = []): YamlSource {
  const lines = new LineCounter();
  return sourceOf(parseDocument(text, { ...yamlOptions, lineCounter: lines }), file, lines, textMaps);
}

/** Pieces of a text, down to each comma and space: what is made of one while it is read takes up to 800 bytes. */
const maxTokens = 500_000;

/** Reads a text of any number of documents; one with nothing in it has the data `null`. */
export function parseYamlDocuments(text: string, file: string): readonly YamlSource[] {
  const lines = new LineCounter();
  if (hasMoreTokens(text, maxTokens)) {
    const message = `more than ${maxTokens} words and signs: split it into several files`;
    const problemAt = (path: DocumentPath, what: string) => ({ file, line: 1, column: 1, path, message: what });
    return [{ file, data: undefined, problems: [problemAt([], message)], problemAt, problemAtKey: problemAt }];
  }
  const documents = [...parseAllDocuments(text, { ...yamlOptions, lineCounter: lines })];
  return documents.map(document => sourceOf(document, file, lines, []));
}

/** Looks through the text without making anything of it. */
function hasMoreTokens(text: string, most: number): boolean {
  let count = 0;
  for (const _ of new Lexer().lex(text)) if (++count > most) return true;
  return false;
}

function sourceOf(
  document: Document.Parsed<ParsedNode>,
  file: string,
  lines: LineCounter,
  textMaps: readonly DocumentPath[],
): YamlSource {
  const at = (offset: number | undefined, path: DocumentPath, message: string): FileProblem => {
    const position = offset === undefined ? { line: 1, col: 1 } : lines.linePos(offset);
    return { file, line: position.line, column: position.col, path, message };
  };
  // A warning is a tag that nobody knows: its value would be something else than it says.
  const complaints = [...document.errors, ...document.warnings].map(({ pos, message }) => ({
    offset: pos[0],
    // How the parser, which calls itself, says it.
    message: /call stack/.test(message) ? 'nested too deep' : message,
  }));
  const problems = (complaints.length > 0 ? complaints : checkAliases(document)).map(({ offset, message }) =>
    at(offset, [], `not YAML: ${message}`),
  );
  if (problems.length === 0) for (const path of textMaps) keepNumbersAsWritten(document, document.contents, path);
  const offsetOf = (path: DocumentPath) => valueAt(document, path)?.range?.[0];
  return {
    file,
    // Aliases are bounded: see `checkAliases`.
    data: problems.length === 0 ? document.toJS({ maxAliasCount: -1 }) : undefined,
    problems,
    problemAt: (path, message) => at(offsetOf(path), path, message),
    problemAtKey: (path, message) => at(keyAt(document, path)?.range?.[0] ?? offsetOf(path), path, message),
  };
}

/** `pmd-cpu-mask: 0x10` is a mask in hexadecimal to OVS: written back as the number 16 it would be another one. */
function keepNumbersAsWritten(document: Document, found: unknown, path: DocumentPath): void {
  const node = resolved(document, found);
  const [step, ...rest] = path;
  if (step === undefined) {
    if (!isMap(node)) return;
    for (const { value } of node.items) {
      if (isScalar(value) && typeof value.value === 'number' && value.source) value.value = value.source;
    }
  } else if (step === '*') {
    if (isSeq(node)) for (const item of node.items) keepNumbersAsWritten(document, item, rest);
  } else if (isMap(node)) {
    keepNumbersAsWritten(document, node.get(step, true), rest);
  }
}
