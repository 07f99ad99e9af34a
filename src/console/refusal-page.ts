/** Pages of the refusal log, newest first. A position counts the refusals of all sources, so it is sealed for who sees only some. */
import type { RefusalRecord } from '../refusals/refusal.ts'
import { CursorMalformed } from '../store/cursor.ts'
import { givenCursor, shownCursor } from '../store/sealed-cursor.ts'
import type { RequestContext } from './request-context.ts'

interface Query {
  readonly source?: string | undefined
  readonly code?: string | undefined
  readonly network?: string | undefined
  readonly sinceMs?: number | undefined
  readonly untilMs?: number | undefined
  readonly cursor?: string | undefined
  readonly limit: number
}

/** @throws {CursorMalformed} */
export async function refusalPage(
  { refusalLog, store }: Pick<RequestContext, 'refusalLog' | 'store'>,
  { cursor, limit, ...narrowed }: Query,
): Promise<{ readonly refusals: readonly RefusalRecord[]; readonly next: string | null }> {
  const after = cursor === undefined ? undefined : await givenCursor(store, cursor)
  if (after !== undefined && !/^[0-9]{1,15}\.[0-9]{1,3}$/.test(after))
    throw new CursorMalformed('the cursor is malformed')
  const found = await refusalLog.latest({
    ...narrowed,
    after,
    withPositions: true,
    limit: limit + 1,
  })
  const refusals = found.slice(0, limit)
  const last = found.length > limit ? refusals.at(-1)?.position : undefined
  return { refusals, next: last === undefined ? null : await shownCursor(store, last) }
}
