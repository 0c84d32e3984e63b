// A YAML text with the way back: where in the file a value of the document stands.

import { type Document, isMap, isScalar, isSeq, Lexer, LineCounter, type ParsedNode, parseDocument } from 'yaml';
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

/** Pieces of a document, down to each comma and space: what is made of one while it is read takes up to 800 bytes. */
const maxTokens = 500_000;
const maxMebibytes = 8;
const maxDocuments = 10_000;

/** A document of a stream, before it is read. */
export interface YamlPart {
  readonly text: string;
  /** Lines of the stream before it. */
  readonly line: number;
}

const startMark = /^---(?=[ \t\r]|$)/;
const endMark = /^\.\.\.(?=[ \t\r]|$)/;
const comment = /^(?:[ \t]*(?:[#\r]|$)|%)/;

/**
 * The documents of a text, each to be read alone, so that what is known of one is gone before the next is read. A line
 * that begins with a marker is never part of a value (YAML 1.2.2 section 9.1.2). Directives belong to what follows.
 */
export function splitYaml(text: string): readonly YamlPart[] {
  const parts: YamlPart[] = [];
  let lines: string[] = [];
  let hasContent = false;
  let line = 0;
  const end = (): void => {
    parts.push({ text: lines.join('\n'), line: line - lines.length });
    lines = [];
    hasContent = false;
  };
  for (const next of text.split('\n')) {
    if (hasContent && startMark.test(next)) end();
    lines.push(next);
    line++;
    hasContent ||= !comment.test(next);
    if (hasContent && endMark.test(next)) end();
  }
  if (hasContent || parts.length === 0) end();
  return parts;
}

/** Reads one of them; one with nothing in it has the data `null`. */
export function readYamlPart({ text, line }: YamlPart, file: string): YamlSource {
  const lines = new LineCounter();
  if (text.length <= maxMebibytes * 1024 * 1024 && !hasMoreTokens(text, maxTokens))
    return sourceOf(parseDocument(text, { ...yamlOptions, lineCounter: lines }), file, lines, [], line);
  // JSON is read in another way, which does not tell where things stand.
  const data = parseJson(text);
  if (data !== undefined) return placeless(file, data);
  const size = `${maxMebibytes} MiB, or ${maxTokens} words and signs`;
  return broken(file, line, `a document of more than ${size}: split it, with "---" between the parts`);
}

/** The first complaint of a text as a whole; undefined: it can be read part by part. */
export function tooManyParts(parts: readonly YamlPart[], file: string): FileProblem | undefined {
  if (parts.length <= maxDocuments) return undefined;
  return broken(file, 0, `more than ${maxDocuments} documents`).problems[0];
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function placeless(file: string, data: unknown): YamlSource {
  const problemAt = (path: DocumentPath, message: string) => ({
    ...{ file, line: undefined, column: undefined },
    ...{ path, message },
  });
  return { file, data, problems: [], problemAt, problemAtKey: problemAt };
}

function broken(file: string, line: number, message: string): YamlSource {
  const problemAt = (path: DocumentPath, what: string) => ({ file, line: line + 1, column: 1, path, message: what });
  return { file, data: undefined, problems: [problemAt([], message)], problemAt, problemAtKey: problemAt };
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
  linesBefore = 0,
): YamlSource {
  const at = (offset: number | undefined, path: DocumentPath, message: string): FileProblem => {
    const position = offset === undefined ? { line: 1, col: 1 } : lines.linePos(offset);
    return { file, line: linesBefore + position.line, column: position.col, path, message };
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
