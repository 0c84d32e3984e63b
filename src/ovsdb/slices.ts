// Long work cut into slices, so that the event loop stays responsive: the work is a generator that yields wherever it
// may be interrupted.

/** How long a slice may take, ms: well below the 50 ms that are too much, for the loop has other things to do. */
const sliceBudget = 10;

/** So many rows take far less than a slice; a power of two. */
const pace = 64;

/** Whether work that takes row after row may be interrupted now: it yields then. */
export function isPause(rows: number): boolean {
  return (rows & (pace - 1)) === 0;
}

/**
 * Runs the work; what fits into one slice is done when this returns, and its result is returned as it is.
 * Otherwise the rest goes on in later turns of the event loop.
 */
export function runInSlices<T>(work: Generator<void, T, void>): T | Promise<T> {
  const step = runSlice(work);
  return step.done ? step.value : goOn(work);
}

async function goOn<T>(work: Generator<void, T, void>): Promise<T> {
  for (;;) {
    await new Promise<void>(resolve => {
      setImmediate(resolve);
    });
    const step = runSlice(work);
    if (step.done) return step.value;
  }
}

function runSlice<T>(work: Generator<void, T, void>): IteratorResult<void, T> {
  const end = performance.now() + sliceBudget;
  for (;;) {
    const step = work.next();
    if (step.done || performance.now() >= end) return step;
  }
}
