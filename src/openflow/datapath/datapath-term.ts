// What flows of the datapath are written in: terms such as `ipv4(src=10.0.0.0/255.0.0.0,frag=no)`, which hold terms (OVS
// lib/odp-util.c).

import { OpenFlowTextError } from '../text/parse/cursor.ts';

/**
 * `name(args)`, `name=value/mask`, or a bare `value/mask` without a name: in `recirc_id(0x1)` the name is `recirc_id`, and
 * its one argument has the value `0x1`. An action without arguments, such as `drop`, is a bare value.
 */
export interface DatapathTerm {
  readonly name?: string;
  readonly value?: string;
  readonly mask?: string;
  readonly args?: readonly DatapathTerm[];
}

/** Deeper than OVS writes: what is read may come from anywhere. */
const deepest = 32;

const closing: Readonly<Record<string, string>> = { '(': ')', '{': '}' };

/** Where `text` has its commas and its first opening bracket, outside of brackets and quotes. */
function outline(text: string, at: number): { readonly commas: readonly number[]; readonly open: number } {
  const commas: number[] = [];
  const expected: string[] = [];
  let open = -1;
  for (let i = 0; i < text.length; i++) {
    const char = text[i] as string;
    const close = closing[char];
    if (char === '"') {
      i = text.indexOf('"', i + 1);
      if (i === -1) throw new OpenFlowTextError(at + text.length + 1, '', 'a closing quote');
    } else if (close) {
      if (expected.length === 0 && open === -1 && char === '(') open = i;
      expected.push(close);
      if (expected.length > deepest) throw new OpenFlowTextError(at + i + 1, char, `terms at most ${deepest} deep`);
    } else if (char === ')' || char === '}') {
      if (expected.pop() !== char) throw new OpenFlowTextError(at + i + 1, char, 'what was opened to be closed');
    } else if (char === ',' && expected.length === 0) commas.push(i);
  }
  if (expected.length > 0) throw new OpenFlowTextError(at + text.length + 1, '', expected.at(-1) as string);
  return { commas, open };
}

/** Reads a list of terms; `at` is where the text stands in a longer one. @throws OpenFlowTextError */
export function parseTerms(text: string, at = 0): readonly DatapathTerm[] {
  if (text === '') return [];
  const { commas } = outline(text, at);
  const starts = [0, ...commas.map(comma => comma + 1)];
  return starts.map((start, i) => parseTerm(text.slice(start, commas[i] ?? text.length), at + start));
}

function parseTerm(text: string, at: number): DatapathTerm {
  const { open } = outline(text, at);
  if (open > 0 && text.endsWith(')') && !text.slice(0, open).includes('=')) {
    return { name: text.slice(0, open), args: parseTerms(text.slice(open + 1, -1), at + open + 1) };
  }
  const equals = /^[^"({]*?=/.exec(text)?.[0].length ?? 0;
  const name = equals === 0 ? {} : { name: text.slice(0, equals - 1) };
  const said = text.slice(equals);
  const slash = /^[^"({]*?\//.exec(said)?.[0].length ?? 0;
  if (slash === 0) return { ...name, value: said };
  return { ...name, value: said.slice(0, slash - 1), mask: said.slice(slash) };
}

export function formatTerms(terms: readonly DatapathTerm[]): string {
  return terms.map(formatTerm).join(',');
}

function formatTerm({ name, value, mask, args }: DatapathTerm): string {
  if (args) return `${name ?? ''}(${formatTerms(args)})`;
  return `${name === undefined ? '' : `${name}=`}${value ?? ''}${mask === undefined ? '' : `/${mask}`}`;
}
