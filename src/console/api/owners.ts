/** Fields that the answers about sources and destinations share: versions of secrets, rotations, entity tags, pages by name. */
import { fromBase64Url, textOf, toBase64Url, utf8 } from '../../platform/bytes.ts'
import { instantOrNull, toInstant } from '../../platform/time.ts'
import type { SecretVersion, SlotRotation } from '../../registry/rotation/secret-version.ts'
import { CursorMalformed } from '../../store/cursor.ts'
import { NO_VERSION, etagOf } from './conditions.ts'

export const secretVersionAnswer = (one: SecretVersion) => ({
  slot: one.slot,
  version: one.version,
  state: one.state,
  origin: one.origin,
  created_at: toInstant(one.createdAtMs),
  activated_at: instantOrNull(one.activatedAtMs),
  accepted_until: instantOrNull(one.acceptedUntilMs),
  revoked_at: instantOrNull(one.revokedAtMs),
})

export const rotationAnswer = ({ slot, state, generated, dueAtMs, problem }: SlotRotation) => ({
  slot,
  state,
  made_here: generated,
  due_at: instantOrNull(dueAtMs),
  problem,
})

interface Page<T> {
  readonly page: readonly T[]
  readonly nextCursor: string | null
}

/** @param all sorted by name. @throws {CursorMalformed} */
export function pageByName<T extends { readonly name: string }>(
  all: readonly T[],
  { cursor, limit }: { readonly cursor?: string | undefined; readonly limit: number },
): Page<T> {
  const after = nameOf(cursor)
  if (after === undefined) throw new CursorMalformed('the cursor is not one of ours')
  const rest = all.filter(({ name }) => name > after)
  const page = rest.slice(0, limit)
  const last = page.at(-1)
  const isLast = last === undefined || page.length === rest.length
  return { page, nextCursor: isLast ? null : toBase64Url(utf8(last.name)) }
}

/** The last name of the previous page. Empty without a cursor: the empty name sorts before all others. */
function nameOf(cursor: string | undefined): string | undefined {
  if (cursor === undefined) return ''
  const bytes = fromBase64Url(cursor)
  return bytes === undefined ? undefined : textOf(bytes)
}

export const isGone = (change: { readonly ok: boolean }): boolean =>
  'code' in change &&
  change.code === 'version_conflict' &&
  'version' in change &&
  change.version === NO_VERSION

/**
 * The answer to a PUT has one, too, because the next If-Match needs it. RFC 9110 section 9.3.4 advises against that if the
 * stored document differs from the sent one, as here: defaults are added, and secrets are left out.
 */
export const tagged = (version: number) => ({ etag: etagOf(version) })
