// An answer that is costly to get, kept for a moment: who asks meanwhile, or while it is being got, is given that.

/** @param age how old it may be, ms, from when it was asked for; a refusal is not kept */
export function recent<T>(
  ask: () => Promise<T>,
  age: number,
  now: () => number = () => performance.now(),
): () => Promise<T> {
  let last: { readonly askedAt: number; readonly answer: Promise<T> } | undefined;
  return () => {
    if (last && now() - last.askedAt < age) return last.answer;
    const asked = { askedAt: now(), answer: ask() };
    last = asked;
    asked.answer.catch(() => {
      if (last === asked) last = undefined;
    });
    return asked.answer;
  };
}
