/** Events of a person in many segments, of which a block is indexed. */
import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { timePrefix } from '../../../src/event/identity.ts'
import { filterFingerprintsOf, personFingerprint } from '../../../src/store/fingerprint.ts'
import { ensureErased } from '../../../src/store/erasures/ensure.ts'
import { events } from '../../../src/store/erasures/places/events.ts'
import { findSegments } from '../../../src/store/inverted-index.ts'
import type { EventToStore } from '../../../src/store/stored-event.ts'
import { erasureDeps, erasureList } from '../../support/erasures.ts'
import { NOON_MS } from '../../support/mail-events.ts'
import { storeBatches } from '../../support/segments.ts'
import { emptyStore, rowsOf } from '../../support/store.ts'

const SEGMENTS = 600

/** The first two share their fingerprint. */
const ADA = `aabbccdd${'1'.repeat(24)}`
const TWIN = `aabbccdd${'2'.repeat(24)}`
const BOB = '3'.repeat(32)

const eventOf = (nr: number, person: string): EventToStore => ({
  id: timePrefix(NOON_MS + nr) + nr.toString(16).padStart(32, '5'),
  atMs: NOON_MS + nr,
  subjectFingerprints: [personFingerprint(person)],
  filterFingerprints: filterFingerprintsOf('shop', 'email.sent'),
  values: ['shop', 'generic', 'email.sent', 'sent', null, NOON_MS + nr, NOON_MS + nr, person, 'c2VhbGVk'],
})

it('loses the person in full blocks of the index, and nobody whose fingerprint is the same', async () => {
  const store = await emptyStore()
  // Ada is in each third segment, her twin in each fifth.
  const batches = Array.from({ length: SEGMENTS }, (_, i) => [
    eventOf(3 * i, BOB),
    ...(i % 3 === 0 ? [eventOf(3 * i + 1, ADA)] : []),
    ...(i % 5 === 0 ? [eventOf(3 * i + 2, TWIN)] : []),
  ])
  await storeBatches(batches)
  const found = async (person: string) =>
    (JSON.parse(await findSegments(store, personFingerprint(person))) as number[]).length
  const before = await rowsOf(`SELECT part, block, segments FROM inverted_index WHERE part <> 'aa'`)
  expect(before.length).toBeGreaterThan(1)
  expect(await found(ADA)).toBe(SEGMENTS / 3 + SEGMENTS / 5 - SEGMENTS / 15)

  const list = erasureList([
    { number: 1, person: ADA, erasedAtMs: NOON_MS + 3 * SEGMENTS, keepsSuppression: false },
  ])
  const deps = erasureDeps(store, list)
  expect(await events.count(deps, ADA)).toEqual({
    count: SEGMENTS / 3,
    firstMs: NOON_MS + 1,
    lastMs: NOON_MS + 3 * (SEGMENTS - 3) + 1,
    held: 0,
  })
  await ensureErased(deps)

  expect((await events.count(deps, ADA)).count).toBe(0)
  expect([await found(TWIN), (await events.count(deps, TWIN)).count]).toEqual([SEGMENTS / 5, SEGMENTS / 5])
  expect((await events.count(deps, BOB)).count).toBe(SEGMENTS)
  expect(await rowsOf(`SELECT part, block, segments FROM inverted_index WHERE part <> 'aa'`)).toEqual(before)
  expect(JSON.stringify(await rowsOf('SELECT contents FROM segments'))).not.toContain(ADA)

  await env.STORE.prepare('UPDATE erasure_progress SET through = 0').run()
  list.all.push({ number: 2, person: TWIN, erasedAtMs: NOON_MS + 3 * SEGMENTS, keepsSuppression: false })
  await ensureErased(deps)
  expect(await found(TWIN)).toBe(0)
  expect(JSON.stringify(await rowsOf('SELECT segments FROM inverted_index'))).not.toContain('aabbccdd')
})
