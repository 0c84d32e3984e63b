// A YAML text with the way back: where in the file a value of the document stands.

import { type Document, isMap, isNode, isPair, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import type { ConfigPath, ConfigProblem } from './config-error.ts';

export interface YamlSource {
  readonly file: string;
  /** The document as plain data. */
  readonly data: unknown;
  /** Errors of the text itself; `data` means nothing when there are any. */
  readonly problems: readonly ConfigProblem[];
  /** Makes a problem at the value under `path`, or at the nearest thing around it that the text has. */
  readonly problemAt: (path: ConfigPath, message: string) => ConfigProblem;
  /** Makes a problem at the key itself that ends `path`. */
  readonly problemAtKey: (path: ConfigPath, message: string) => ConfigProblem;
}

/** Paths whose scalars OVS reads as text; `*` is any index. */
const textMaps: readonly ConfigPath[] = [
  ['ovs', 'settings'],
  ['physicalPorts', '*', 'options'],
  ['representors', '*', 'options'],
];

export function parseYaml(text: string, file: string): YamlSource {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number | undefined, path: ConfigPath, message: string): ConfigProblem => {
    const position = offset === undefined ? { line: 1, col: 1 } : lines.linePos(offset);
    return { file, line: position.line, column: position.col, path, message };
  };
  const problems = document.errors.map(error => at(error.pos[0], [], `not YAML: ${error.message}`));
  if (problems.length === 0) for (const path of textMaps) keepNumbersAsWritten(document.contents, path);
  return {
    file,
    data: problems.length === 0 ? document.toJS() : undefined,
    problems,
    problemAt: (path, message) => at(valueOffset(document, path), path, message),
    problemAtKey: (path, message) => at(keyOffset(document, path) ?? valueOffset(document, path), path, message),
  };
}

/** `pmd-cpu-mask: 0x10` is a mask in hexadecimal to OVS: written back as the number 16 it would be another one. */
function keepNumbersAsWritten(node: unknown, path: ConfigPath): void {
  const [step, ...rest] = path;
  if (step === undefined) {
    if (!isMap(node)) return;
    for (const { value } of node.items) {
      if (isScalar(value) && typeof value.value === 'number' && value.source) value.value = value.source;
    }
  } else if (step === '*') {
    if (isSeq(node)) for (const item of node.items) keepNumbersAsWritten(item, rest);
  } else if (isMap(node)) {
    keepNumbersAsWritten(node.get(step, true), rest);
  }
}

function valueOffset(document: Document, path: ConfigPath): number | undefined {
  for (let length = path.length; length > 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return document.contents?.range?.[0];
}

function keyOffset(document: Document, path: ConfigPath): number | undefined {
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  if (!isMap(parent)) return undefined;
  const pair = parent.items.find(item => isPair(item) && isScalar(item.key) && item.key.value === path.at(-1));
  return (pair?.key as Node | undefined)?.range?.[0];
}
