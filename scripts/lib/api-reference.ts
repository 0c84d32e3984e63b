// The reference of a library as Markdown: every export with its docstring and its declaration, by the module it is in.

import { readFile } from 'node:fs/promises';

export interface Library {
  readonly name: string;
  /** The declarations of its entry point, in dist/. */
  readonly entry: URL;
  readonly intro: string;
}

export interface Reference {
  readonly markdown: string;
  /** Exports without a docstring. */
  readonly undocumented: readonly string[];
}

interface Exported {
  readonly name: string;
  /** Path of the module, from the entry point's folder. */
  readonly module: string;
}

interface Declaration {
  readonly doc: string;
  readonly code: string;
}

/** The names that an entry point exports, and from where. */
function exportsOf(entry: string): readonly Exported[] {
  return [...entry.matchAll(/export (?:type )?\{([^}]*)\} from '([^']*)'/g)].flatMap(([, names = '', path = '']) =>
    names
      .split(',')
      .map(name => name.trim().replace(/^type /, ''))
      .filter(name => name !== '')
      .map(name => ({ name, module: path.replace(/\.(js|ts)$/, '') })),
  );
}

/** The length of the statement that starts `text`: to the `;` or `}` that ends it at no depth. */
function statementLength(text: string): number {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text[i] as string;
    if (text.startsWith('/*', i)) i = text.indexOf('*/', i) + 1;
    else if ('{[('.includes(char)) depth++;
    else if ('}])'.includes(char)) depth--;
    else if (char === ';' && depth === 0) return i + 1;
    if (depth === 0 && char === '}' && /^(export )?(declare )?(abstract )?(interface|class) /.test(text)) return i + 1;
  }
  return text.length;
}

/** The declaration of a name, and the docstring before it. */
function declarationOf(source: string, name: string): Declaration | undefined {
  const pattern = new RegExp(
    `^export (?:declare )?(?:abstract )?(?:interface|type|class|function|const) ${name}\\b`,
    'm',
  );
  const found = pattern.exec(source);
  if (!found) return undefined;
  const before = source.slice(0, found.index);
  const doc = /\/\*\*((?:[^*]|\*(?!\/))*)\*\/\s*$/.exec(before)?.[1] ?? '';
  const rest = source.slice(found.index);
  // A function may have several signatures.
  let code = rest.slice(0, statementLength(rest));
  for (let next = rest.slice(code.length); next.trimStart().startsWith(`export declare function ${name}(`); ) {
    const skipped = next.length - next.trimStart().length;
    code += next.slice(0, skipped + statementLength(next.trimStart()));
    next = rest.slice(code.length);
  }
  return { doc: docText(doc), code: tidy(code) };
}

function docText(doc: string): string {
  return doc
    .split('\n')
    .map(line => line.replace(/^\s*\* ?/, ''))
    .join('\n')
    .trim()
    .replace(/^@throws /gm, 'Throws ')
    .replace(/^@param (\w+) /gm, '`$1`: ');
}

/** What is private is nobody's business; four spaces are two. */
function tidy(code: string): string {
  return code
    .replace(/^export (declare )?/gm, '')
    .replace(/^ +#private;\n/gm, '')
    .replace(/^ +private readonly [^\n]*\n/gm, '')
    .replace(/^( {4})+/gm, indent => ' '.repeat(indent.length / 2));
}

/** The heading of a module: what its file says that it owns. */
async function moduleIntro(module: URL): Promise<string> {
  const source = await readFile(module, 'utf8');
  const lines = source.split('\n');
  const end = lines.findIndex(line => !line.startsWith('//'));
  return lines
    .slice(0, end)
    .map(line => line.replace(/^\/\/ ?/, ''))
    .join('\n');
}

export async function reference({ name, entry, intro }: Library): Promise<Reference> {
  const exported = exportsOf(await readFile(entry, 'utf8'));
  const undocumented: string[] = [];
  const parts = [`# ${name}: reference`, `${intro} Written by \`npm run docs:api\` from the docstrings; change those.`];
  for (const module of [...new Set(exported.map(one => one.module))].sort()) {
    const source = await readFile(new URL(`${module}.d.ts`, entry), 'utf8');
    parts.push(`## ${module.replace(/^(\.\.?\/)+/, '')}`);
    parts.push(await moduleIntro(new URL(`${module}.ts`, new URL(entry.href.replace('/dist/', '/src/')))));
    for (const { name: symbol } of exported.filter(one => one.module === module)) {
      const found = declarationOf(source, symbol);
      if (!found) throw new Error(`${module} does not declare ${symbol}`);
      if (found.doc === '') undocumented.push(symbol);
      parts.push(`### ${symbol}`, ...(found.doc ? [found.doc] : []), `\`\`\`ts\n${found.code}\n\`\`\``);
    }
  }
  return { markdown: `${parts.join('\n\n')}\n`, undocumented };
}
