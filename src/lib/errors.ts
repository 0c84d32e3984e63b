// The one error base of the project. Every error that leaves a module carries a stable `code`
// that programs can switch on; the message is for people and may change.

/** Base of every error pointsman and its libraries throw. */
export class PointsmanError<Code extends string = string> extends Error {
  /** Stable, upper-case identifier, e.g. `OF_BAD_LENGTH`. */
  readonly code: Code;

  constructor(code: Code, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}
