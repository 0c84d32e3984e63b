// A Dockerfile's last stage as data, with only the instructions that ours have.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface Step {
  readonly kind: 'run' | 'copy' | 'workdir';
  /** A shell command, a path, or the words of COPY without its options. */
  readonly text: string;
}

export interface Image {
  readonly steps: readonly Step[];
  readonly env: readonly string[];
  readonly workdir: string;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  /** What the stages copy out of the build context. */
  readonly fromContext: readonly string[];
}

export async function readDockerfile(root: string, path: string): Promise<Image> {
  const text = (await readFile(join(root, path), 'utf8')).replace(/^\s*#.*\n/gm, '').replaceAll('\\\n', ' ');
  const lines = text.split('\n').filter(line => line.trim() !== '');
  const words = (line: string) => line.split(/\s+/).slice(1);
  const fromContext = lines.flatMap(line =>
    line.startsWith('COPY ') && !line.includes('--from=') ? words(line).slice(0, -1) : [],
  );
  const steps: Step[] = [];
  const env: string[] = [];
  let workdir = '/';
  let entrypoint: readonly string[] = [];
  let command: readonly string[] = [];
  for (const line of lines.slice(lines.findLastIndex(line => line.startsWith('FROM ')) + 1)) {
    const [, instruction = '', rest = ''] = /^(\w+) +(.*)$/.exec(line) ?? [];
    switch (instruction) {
      case 'RUN':
        steps.push({ kind: 'run', text: rest });
        break;
      case 'COPY':
        steps.push({ kind: 'copy', text: rest.replace(/^--from=build +\/build\//, '') });
        break;
      case 'WORKDIR':
        workdir = rest;
        steps.push({ kind: 'workdir', text: rest });
        break;
      case 'ENV':
        env.push(rest);
        break;
      case 'ENTRYPOINT':
        entrypoint = JSON.parse(rest) as string[];
        break;
      case 'CMD':
        command = JSON.parse(rest) as string[];
        break;
      case 'USER':
      case 'VOLUME':
        break; // compose.yaml says both.
      default:
        throw new Error(`${path}: ${instruction} is not known here`);
    }
  }
  return { steps, env, workdir, entrypoint, command, fromContext };
}
