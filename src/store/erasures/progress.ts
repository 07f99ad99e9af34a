/** How far the store is with erasures. A restore of the database takes it back, with all that was erased. */

export interface ErasureProgress {
  /** Number of the newest erasure that is complete, as are all before it. */
  readonly through: number
  /** Number of the newest erasure whose keys are destroyed, as are those of all before it. */
  readonly begun: number
}

const READ = `
  SELECT coalesce((SELECT through FROM erasure_progress), 0) AS through, coalesce((SELECT max(number) FROM erasures), 0) AS begun`

export const progressStatement = (db: D1Database): D1PreparedStatement => db.prepare(READ).bind()

export const progressOf = ([row]: readonly ErasureProgress[]): ErasureProgress =>
  row ?? { through: 0, begun: 0 }

export async function readProgress(db: D1Database): Promise<ErasureProgress> {
  const [answer] = await db.batch<ErasureProgress>([progressStatement(db)])
  return progressOf(answer?.results ?? [])
}

/** A statement that raises `through` from the value that was read. @returns a row if it did */
export const raiseStatement = (db: D1Database, from: number, to: number): D1PreparedStatement =>
  db
    .prepare(
      `INSERT INTO erasure_progress (one, through)
       SELECT 1, ?2 WHERE ?1 = coalesce((SELECT through FROM erasure_progress), 0)
       ON CONFLICT (one) DO UPDATE SET through = excluded.through RETURNING through`,
    )
    .bind(from, to)

/** A statement that fails its transaction unless the store is complete through an erasure. It writes nothing. */
export const failIfBehind = (db: D1Database, number: number): D1PreparedStatement =>
  db
    .prepare(
      `SELECT json('erasures are not complete: ' || ?1) WHERE ?1 > coalesce((SELECT through FROM erasure_progress), 0)`,
    )
    .bind(number)

/** A statement that fails its transaction if keys were destroyed since this was read, or brought back by a restore. */
export const failIfErased = (db: D1Database, { begun }: ErasureProgress): D1PreparedStatement =>
  db
    .prepare(
      `SELECT json('an erasure has begun: ' || ?1) WHERE ?1 <> coalesce((SELECT max(number) FROM erasures), 0)`,
    )
    .bind(begun)

/** Whether a transaction failed by one of these statements. */
export const isRefusal = (cause: unknown): boolean =>
  cause instanceof Error && cause.message.includes('malformed JSON')
