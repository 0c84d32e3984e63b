// JSON as a type, the questions the layers above ask of it, and its text with integers of any size.

/** A bigint is an integer beyond ±2^53, which no number holds exactly. */
export type JsonScalar = string | number | bigint | boolean | null;
export type JsonArray = readonly Json[];
export interface JsonObject {
  readonly [member: string]: Json | undefined;
}
/** A JSON value (RFC 8259), as RFC 7047 section 3.1 uses it. */
export type Json = JsonScalar | JsonArray | JsonObject;

export function isJsonObject(json: Json | undefined): json is JsonObject {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

export function isJsonArray(json: Json | undefined): json is JsonArray {
  return Array.isArray(json);
}

/** The text of a value; of `undefined`, the word. */
export function formatJson(json: Json | undefined): string {
  try {
    return JSON.stringify(json) ?? 'undefined';
  } catch (error) {
    // JSON.stringify refuses bigints.
    if (!(error instanceof TypeError)) throw error;
    return formatExactly(json) ?? 'undefined';
  }
}

function formatExactly(json: Json | undefined): string | undefined {
  if (typeof json === 'bigint') return json.toString();
  if (isJsonArray(json)) return `[${json.map(item => formatExactly(item) ?? 'null').join(',')}]`;
  if (!isJsonObject(json)) return JSON.stringify(json);
  const members = Object.entries(json).flatMap(([name, value]) => {
    const text = formatExactly(value);
    return text === undefined ? [] : [`${JSON.stringify(name)}:${text}`];
  });
  return `{${members.join(',')}}`;
}

/** JSON text short enough for an error message. */
export function excerpt(json: Json | undefined): string {
  const text = formatJson(json);
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}
