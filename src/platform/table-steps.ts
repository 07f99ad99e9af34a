/**
 * Makes and changes the tables of a Durable Object by numbered steps. The object stores the number of the last step that was done,
 * so a later version continues there, whether the object is new or old.
 *
 * Steps only add: a table, an index, a column that may be null or has a default. So an earlier version still works on what a later
 * one has made, while both run side by side and after a rollback. See docs/upgrading.md.
 */
export type TableStorage = Pick<DurableObjectStorage, 'sql' | 'kv' | 'transactionSync'>

/** Number of the last step done, by the name of the tables. */
type StepsDone = Readonly<Record<string, number>>

const STEPS_DONE_KEY = 'table_steps'

/**
 * Does the steps that are missing, in one transaction: if one fails, none is done. Does nothing to an object of a later version,
 * which has done more steps than are known here.
 *
 * @param name of the tables, unique in the object; a contract like the steps
 * @param steps SQL, in order. One that was released never changes.
 * @throws {Error} if a step fails
 */
export function makeTables(storage: TableStorage, name: string, steps: readonly string[]): void {
  const stepsDone = storage.kv.get<StepsDone>(STEPS_DONE_KEY) ?? {}
  const done = stepsDone[name] ?? 0
  if (done >= steps.length) return
  storage.transactionSync(() => {
    for (const step of steps.slice(done)) storage.sql.exec(step)
    storage.kv.put(STEPS_DONE_KEY, { ...stepsDone, [name]: steps.length })
  })
}
