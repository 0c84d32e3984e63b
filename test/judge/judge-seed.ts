// `npm run judge` takes a new seed each time. The tests take one with which they are known to be clean: whether it was the switch or
// the judge that was wrong about a moment of a change takes longer to find out than a test has. `JUDGE_SEED` gives them another.

export function anySeed(): number {
  return Math.floor(Math.random() * 1e9);
}

export function testSeed(given: string | undefined = process.env.JUDGE_SEED): number {
  return Number(given ?? 128_788_723);
}
