// Libraries write to no console: they take a logger of this shape. pino's fits as it is.

type LogMethod = (fields: Record<string, unknown>, message: string) => void;

/** What the libraries log to; pino fits. */
export interface Logger {
  readonly debug: LogMethod;
  readonly info: LogMethod;
  readonly warn: LogMethod;
  readonly error: LogMethod;
}

const ignore: LogMethod = () => {};

/** Logs nothing: the default. */
export const silentLogger: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };
