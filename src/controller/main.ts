#!/usr/bin/env node
// The program `pointsman`: the command line, and behind `run`, the daemon.

import { processOutput } from './cli/process-output.ts';
import { runCli } from './cli/program.ts';
import { version } from './version.ts';

process.exitCode = await runCli(process.argv.slice(2), {
  output: processOutput,
  env: process.env,
  version,
  // Loaded when asked for: a client command needs no switch, and starts faster without one.
  run: async configPath => (await import('./daemon.ts')).run(configPath),
});
