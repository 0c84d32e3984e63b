// The checks of dockerfile-utils (syntax, arguments, deprecated instructions), and what we ask of an image beyond them.

import { DockerfileParser } from 'dockerfile-ast';
import { validate } from 'dockerfile-utils';

export interface DockerfileLintOptions {
  /** The image may run as root. */
  readonly root?: boolean;
}

/** Findings as `LINE: TEXT`, in the order of lines. */
export function lintDockerfile(text: string, options: DockerfileLintOptions = {}): string[] {
  const findings: [line: number, text: string][] = validate(text).map(({ range, message }) => [
    range.start.line + 1,
    typeof message === 'string' ? message : message.value,
  ]);
  const dockerfile = DockerfileParser.parse(text);
  const stages = new Set(dockerfile.getFROMs().map(from => from.getBuildStage()));
  for (const from of dockerfile.getFROMs()) {
    const image = from.getImage() ?? '';
    if (!stages.has(image) && !from.getImageDigest() && (from.getImageTag() ?? 'latest') === 'latest') {
      findings.push([from.getRange().start.line + 1, `${image} needs a tag other than latest`]);
    }
  }
  for (const instruction of dockerfile.getInstructions()) {
    const line = instruction.getRange().start.line + 1;
    const args = instruction.getRawArgumentsContent() ?? '';
    if (instruction.getKeyword() === 'ADD') findings.push([line, 'COPY does what it says, ADD guesses']);
    if (/apt-get\s+(?:-\S+\s+)*install/.test(args)) {
      if (!args.includes('--no-install-recommends'))
        findings.push([line, 'apt-get install without --no-install-recommends']);
      if (!args.includes('/var/lib/apt/lists')) findings.push([line, "apt's lists stay in the layer"]);
    }
  }
  const last = dockerfile.getFROMs().at(-1)?.getRange().start.line ?? 0;
  const user = dockerfile
    .getInstructions()
    .filter(instruction => instruction.getKeyword() === 'USER' && instruction.getRange().start.line > last)
    .at(-1);
  const root = !user || /^(root|0)(:|$)/.test(user.getArgumentsContent() ?? '');
  if (root && !options.root) findings.push([last + 1, 'the last stage runs as root']);
  return findings.sort(([a], [b]) => a - b).map(([line, message]) => `${line}: ${message}`);
}
