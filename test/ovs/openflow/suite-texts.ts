// Flow texts of a test-suite of OVS (tests/*.at): what its scripts give to ovs-ofctl, and what they expect it to print.

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** As m4 and the shell leave it: one of two brackets, and nothing of the call around it. */
function unquoted(line: string): string {
  return line
    .replaceAll('[[', '[')
    .replaceAll(']]', ']')
    .replace(/\]\)$/, '')
    .replace(/^AT_DATA\(\[[^\]]*\], \[/, '')
    .trim();
}

const isFlow = /\bactions?\s*=/;
const isMatch = /^\w+=[^\s=]+$/;

/** What of a line may be a flow, or the match of one: what it quotes, or all of it. Variables of the shell are neither. */
function candidates(line: string): readonly string[] {
  const quoted = [...line.matchAll(/'([^']*)'|"([^"]*)"/g)].map(([, single, double]) => single ?? double ?? '');
  const isCommand = /ovs-\w+|AT_CHECK|check |echo |printf /.test(line);
  const flows = (isCommand ? quoted : [line])
    .map(text => text.replace(/#.*/, '').trim())
    .filter(text => isFlow.test(text));
  const matches = quoted.map(text => text.split(/\s/, 1)[0] ?? '').filter(text => isMatch.test(text));
  return [...flows, ...matches.map(text => `${text} actions=drop`)].filter(text => !/[$`\\"']/.test(text));
}

/** Each text once. @param directory holds the files `*.at` */
export async function suiteTexts(directory: string): Promise<readonly string[]> {
  const names = (await readdir(directory)).filter(name => name.endsWith('.at')).sort();
  const files = await Promise.all(names.map(name => readFile(join(directory, name), 'utf8')));
  return [...new Set(files.flatMap(file => file.split('\n').map(unquoted).flatMap(candidates)))];
}
