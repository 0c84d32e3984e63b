// Each run takes another seed, and a disagreement tells that of its case: `JUDGE_SEED` begins with it.

export function judgeSeed(given: string | undefined = process.env.JUDGE_SEED): number {
  return given === undefined ? Math.floor(Math.random() * 1e9) : Number(given);
}
