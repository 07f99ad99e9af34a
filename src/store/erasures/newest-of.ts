/** The newest erasure of each of several people, as the database has it. */
import type { Store } from '../store.ts'

export interface NewestErasure {
  readonly erasedAtMs: number
  readonly keepsSuppression: boolean
}

type Row = { person: string; erased_at: number; keeps_suppression: number }

const READ = `
  SELECT lower(hex(e.person)) AS person, e.erased_at, e.keeps_suppression
  FROM json_each(?1) j CROSS JOIN erasures e ON e.person = unhex(j.value)`

/** By blind index. @param people blind indexes in hex */
export async function newestErasures(
  { db }: Pick<Store, 'db'>,
  people: readonly string[],
): Promise<ReadonlyMap<string, NewestErasure>> {
  const { results } = await db.prepare(READ).bind(JSON.stringify(people)).all<Row>()
  return new Map(
    results.map(({ person, erased_at, keeps_suppression }) => [
      person,
      { erasedAtMs: erased_at, keepsSuppression: keeps_suppression === 1 },
    ]),
  )
}
