/** Pages of the refusal log, newest first. */
import type { RefusalRecord } from '../refusals/refusal.ts'
import { CursorMalformed } from '../store/cursor.ts'
import type { RequestContext } from './request-context.ts'

interface Query {
  readonly source?: string | undefined
  readonly code?: string | undefined
  readonly cursor?: string | undefined
  readonly limit: number
}

/** @throws {CursorMalformed} */
export async function refusalPage(
  { refusalLog }: Pick<RequestContext, 'refusalLog'>,
  { cursor, limit, ...narrowed }: Query,
): Promise<{ readonly refusals: readonly RefusalRecord[]; readonly next: string | null }> {
  if (cursor !== undefined && !/^[0-9]{1,15}\.[0-9]{1,3}$/.test(cursor))
    throw new CursorMalformed('the cursor is malformed')
  const found = await refusalLog.latest({
    ...narrowed,
    after: cursor,
    withPositions: true,
    limit: limit + 1,
  })
  const refusals = found.slice(0, limit)
  return { refusals, next: found.length > limit ? (refusals.at(-1)?.position ?? null) : null }
}
