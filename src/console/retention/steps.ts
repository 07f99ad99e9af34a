/** Removes rows step by step. */

/** Repeats a step as long as it removes all that it may. */
export async function* repeated(stepRows: number, step: () => Promise<number>): AsyncGenerator<number> {
  for (let count = stepRows; count >= stepRows;) {
    count = await step()
    yield count
  }
}

/** A step that takes less may remove more the next time. */
const QUICK_MS = 1_000
/** Ids of a statement: D1 takes 2 MB as one value. */
const ROWS_MAX = 5_000

/** As {@link repeated}, with more rows as long as steps are quick, so that time bounds a night and not the number of its steps. */
export async function* repeatedWhileQuick(
  nowMs: () => number,
  stepRows: number,
  step: (rows: number) => Promise<number>,
): AsyncGenerator<number> {
  for (let rows = stepRows; ;) {
    const sinceMs = nowMs()
    const count = await step(rows)
    const isQuick = nowMs() - sinceMs < QUICK_MS
    yield count
    if (count < rows) return
    rows = isQuick ? Math.min(2 * rows, ROWS_MAX) : Math.max(1, Math.floor(rows / 2))
  }
}
