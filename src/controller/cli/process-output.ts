// The one place that writes to the terminal.

import type { CliOutput } from './cli-error.ts';

export const processOutput: CliOutput = {
  out: line => console.log(line),
  err: line => console.error(line),
};
