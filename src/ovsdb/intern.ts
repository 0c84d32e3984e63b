// One copy of strings that come again and again: the keys of maps, the values of enumerations, references.

/** Entries kept: enough for what repeats, and no leak where nothing does. */
const capacity = 16_384;

const strings = new Map<string, string>();

/** The string itself, or an equal one seen before. */
export function intern(text: string): string {
  const known = strings.get(text);
  if (known !== undefined) return known;
  if (strings.size >= capacity) strings.clear();
  strings.set(text, text);
  return text;
}
