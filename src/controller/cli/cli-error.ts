// How a command ends: the exit codes, and the error that carries one.

import { PointsmanError } from '../../lib/errors.ts';

/** Documented in --help; scripts depend on them. */
export const exitCodes = { ok: 0, refused: 1, usage: 2, unreachable: 3 } as const;

export class CliError extends PointsmanError<'CLI_FAILED'> {
  readonly exitCode: number;

  constructor(exitCode: number, message: string, options?: ErrorOptions) {
    super('CLI_FAILED', message, options);
    this.exitCode = exitCode;
  }
}

/** Where a command writes. */
export interface CliOutput {
  readonly out: (line: string) => void;
  readonly err: (line: string) => void;
}
