// JSON as a type, and the two questions the layers above ask of it.

export type JsonScalar = string | number | bigint | boolean | null;
export type JsonArray = readonly Json[];
export interface JsonObject {
  readonly [member: string]: Json | undefined;
}
export type Json = JsonScalar | JsonArray | JsonObject;

export function isJsonObject(json: Json | undefined): json is JsonObject {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

export function isJsonArray(json: Json | undefined): json is JsonArray {
  return Array.isArray(json);
}

/** JSON text short enough for an error message. */
export function excerpt(json: Json | undefined): string {
  const text = JSON.stringify(json) ?? 'undefined';
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}
