/** Steps of kinds that are removed by rows, or by one call. */

/** Repeats a step as long as it removes all that it may. */
export async function* repeated(stepRows: number, step: () => Promise<number>): AsyncGenerator<number> {
  for (let count = stepRows; count >= stepRows;) {
    count = await step()
    yield count
  }
}
