import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import {
  CAPTURE_DELIVERY_MAX_BYTES,
  CAPTURE_MAX_BYTES,
  CAPTURE_MAX_DELIVERIES,
} from '../../src/event/captured.ts'
import type { CapturedDelivery } from '../../src/refusals/captures.ts'

const HOUR_MS = 3_600_000
/** The alarm runs by the object's own clock. */
const NOW_MS = Date.now()
const WINDOW = { startedAtMs: NOW_MS, endsAtMs: NOW_MS + 600_000 }

let watch: ReturnType<typeof env.REFUSALS.getByName>

beforeEach(async () => {
  watch = env.REFUSALS.getByName(`captures-${crypto.randomUUID()}`)
  await watch.beginCapture('shop', WINDOW)
})

const delivery = (n: number, change: Partial<CapturedDelivery> = {}): CapturedDelivery => ({
  source: 'shop',
  startedAtMs: NOW_MS,
  requestId: `req_${n}`,
  atMs: NOW_MS + n,
  provider: 'generic',
  code: 'signature_mismatch',
  bytes: 7,
  sealed: new Uint8Array([n]),
  ...change,
})

const ids = async (source = 'shop', atMs = NOW_MS) =>
  (await watch.viewCapture(source, atMs))?.captured.map(({ requestId }) => requestId)

describe('a capture', () => {
  it('keeps what is handed over, oldest first', async () => {
    expect(await watch.capture(delivery(2))).toBe(true)
    expect(await watch.capture(delivery(1))).toBe(true)
    const { sealed, source: _source, startedAtMs: _started, ...entry } = delivery(1)
    expect(await watch.viewCapture('shop', NOW_MS)).toEqual({
      ...WINDOW,
      full: false,
      captured: [entry, { ...entry, requestId: 'req_2', atMs: NOW_MS + 2 }],
    })
    expect(await watch.readCaptured('shop', 'req_1', NOW_MS)).toEqual({ ...entry, sealed })
    expect(await watch.readCaptured('other', 'req_1', NOW_MS)).toBeNull()
    expect(await watch.readCaptured('shop', 'req_3', NOW_MS)).toBeNull()
  })

  it.each<[string, Partial<CapturedDelivery>]>([
    ['of another source', { source: 'other' }],
    ['of an earlier capture', { startedAtMs: NOW_MS - 1 }],
    ['after its end', { atMs: WINDOW.endsAtMs }],
  ])('keeps nothing %s, and wants no more of it', async (_what, change) => {
    expect(await watch.capture(delivery(1, change))).toBe(false)
    expect(await ids()).toEqual([])
  })

  it('is full after so many deliveries', async () => {
    for (let n = 1; n < CAPTURE_MAX_DELIVERIES; n++) expect(await watch.capture(delivery(n))).toBe(true)
    expect(await watch.capture(delivery(CAPTURE_MAX_DELIVERIES))).toBe(false)
    expect(await watch.capture(delivery(99))).toBe(false)
    expect(await ids()).toHaveLength(CAPTURE_MAX_DELIVERIES)
    expect(await watch.viewCapture('shop', NOW_MS)).toMatchObject({ full: true })
  })

  it('keeps no more than so many bytes', async () => {
    const sealed = new Uint8Array(CAPTURE_DELIVERY_MAX_BYTES)
    const fit = CAPTURE_MAX_BYTES / CAPTURE_DELIVERY_MAX_BYTES
    for (let n = 0; n < fit + 2; n++) await watch.capture(delivery(n, { sealed }))
    expect(await ids()).toHaveLength(fit)
  })

  it('begins anew without what an earlier one kept', async () => {
    await watch.capture(delivery(1))
    await watch.beginCapture('shop', { startedAtMs: NOW_MS + 5, endsAtMs: NOW_MS + 600_005 })
    expect(await ids()).toEqual([])
    expect(await watch.capture(delivery(2))).toBe(false)
    expect(await watch.capture(delivery(6, { startedAtMs: NOW_MS + 5 }))).toBe(true)
  })

  it('that is ended leaves nothing, and touches no other', async () => {
    await watch.beginCapture('other', WINDOW)
    await watch.capture(delivery(1))
    await watch.capture(delivery(1, { source: 'other' }))
    await watch.endCapture('shop')
    expect(await watch.viewCapture('shop', NOW_MS)).toBeNull()
    expect(await ids('other')).toEqual(['req_1'])
  })

  it('is readable for an hour from its beginning, and not a millisecond longer', async () => {
    await watch.capture(delivery(1))
    expect(await ids('shop', NOW_MS + HOUR_MS - 1)).toEqual(['req_1'])
    expect(await watch.viewCapture('shop', NOW_MS + HOUR_MS)).toBeNull()
    expect(await watch.readCaptured('shop', 'req_1', NOW_MS + HOUR_MS)).toBeNull()
  })

  it('has its alarm again once anybody reads the log, if the platform has lost it', async () => {
    await watch.capture(delivery(1))
    await runInDurableObject(watch, (_, { storage }) => storage.deleteAlarm())
    await watch.latest({ limit: 1 })
    expect(await runDurableObjectAlarm(watch)).toBe(true)
  })

  it('is deleted by the alarm once its hour is over, and others stay', async () => {
    const startedAtMs = NOW_MS - HOUR_MS
    const over = { startedAtMs, endsAtMs: startedAtMs + 600_000 }
    await watch.beginCapture('over', over)
    await watch.capture(delivery(1, { source: 'over', startedAtMs, atMs: startedAtMs + 1 }))
    await watch.capture(delivery(1))
    expect(await ids('over', startedAtMs)).toEqual(['req_1'])
    await runDurableObjectAlarm(watch)
    expect(await ids('over', startedAtMs)).toBeUndefined()
    expect(await ids()).toEqual(['req_1'])
    expect(await runDurableObjectAlarm(watch)).toBe(true)
  })
})
