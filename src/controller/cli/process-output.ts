// The one place that writes to the terminal.

import type { CliOutput } from './cli-error.ts';

// Whoever reads our output may have had enough, as `head` has: that is no failure of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

export const processOutput: CliOutput = {
  out: line => console.log(line),
  err: line => console.error(line),
};
