import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { Archive, type ArchiveEnv, hotDays, waitMinutes } from '../../src/archive/index.ts'
import type { LogFields } from '../../src/platform/log.ts'
import { SYSTEM } from '../../src/platform/system.ts'
import { archivedKeys, emptyArchive } from '../support/archive.ts'
import { consumeEvents, consumerDeps } from '../support/consumer.ts'
import { erasureList } from '../support/erasures.ts'
import { AFTER_ALL_MS, HOUR_MS, mailEvent } from '../support/mail-events.ts'
import { inObject } from '../support/objects.ts'
import { emptyStore, rowsOf } from '../support/store.ts'

/** In the future: the platform would ring an alarm of the past at once. */
const LATER_MS = AFTER_ALL_MS + 10 * HOUR_MS
const KEYS = ['events/v1/dt=2100-01-01/1-1.parquet']

let lines: LogFields[] = []

/** An event that is an hour old waits. */
beforeEach(async () => {
  lines = []
  await emptyArchive()
  const deps = consumerDeps(await emptyStore(), { nowMs: () => LATER_MS - HOUR_MS })
  await consumeEvents(deps, [await mailEvent({ type: 'email.opened' })])
})

const SYSTEM_LATER = { ...SYSTEM, nowMs: () => LATER_MS, log: (line: LogFields) => void lines.push(line) }

const BOUND = {
  STORE: env.STORE,
  LARGE: env.LARGE,
  REGISTRY: { getByName: () => ({ erasures: erasureList() }) } as unknown as ArchiveEnv['REGISTRY'],
}

/** @returns when the alarm rings after that */
const withObject = (
  bindings: Partial<ArchiveEnv>,
  work: (archive: Archive, storage: DurableObjectStorage) => Promise<unknown>,
): Promise<number | null> =>
  inObject(async (state) => {
    const given = { ...BOUND, MASTER_KEY: env.MASTER_KEY ?? '', ARCHIVE: env.ARCHIVE, ...bindings }
    await work(new Archive(state, given, SYSTEM_LATER), state.storage)
    return state.storage.getAlarm()
  })

/** A wake works in the background. */
async function woken(archive: Archive): Promise<void> {
  await archive.wake()
  await vi.waitFor(() => expect(lines.length).toBeGreaterThan(0), { timeout: 20_000 })
}

describe('the object', () => {
  it('archives when it is woken, and comes again within a minute', async () => {
    expect(await withObject({}, woken)).toBe(LATER_MS + 60_000)
    expect(await archivedKeys()).toEqual(KEYS)
    expect(lines).toMatchObject([{ event: 'archive_file_written', count: 1, message: KEYS[0] }])
  })

  it('does not run for a wake while its alarm is set', async () => {
    await withObject({}, async (archive, storage) => {
      await storage.setAlarm(LATER_MS + 1_000)
      await archive.wake()
    })
    expect(await archivedKeys()).toEqual([])
  })

  it('runs by its alarm', async () => {
    await withObject({}, (archive) => archive.alarm())
    expect(await archivedKeys()).toEqual(KEYS)
  })

  it.each([
    ['wake', (archive: Archive) => archive.wake()],
    ['alarm', (archive: Archive) => archive.alarm()],
  ])('only judges without a bucket (%s)', async (_, call) => {
    await withoutBucket(call)
    await vi.waitFor(async () =>
      expect(await rowsOf('SELECT segment FROM judged_progress')).toEqual([{ segment: 1 }]),
    )
    expect(await archivedKeys()).toEqual([])
    expect(lines).toEqual([])
  })

  it('lets events wait for as long as ARCHIVE_MINUTES says', async () => {
    await withObject({ ARCHIVE_MINUTES: '120' }, (archive) => archive.alarm())
    expect(await archivedKeys()).toEqual([])
  })

  it('archives also if HOT_DAYS is malformed, and says so', async () => {
    await withObject({ HOT_DAYS: 'thirty' }, (archive) => archive.alarm())
    expect(await archivedKeys()).toEqual(KEYS)
    expect(lines).toContainEqual({ event: 'reader_failed', reader: 'archive', fault: 'SettingMalformed' })
  })
})

const withoutBucket = (call: (archive: Archive) => Promise<unknown>): Promise<void> =>
  inObject(async (state) => {
    await call(new Archive(state, { ...BOUND, MASTER_KEY: env.MASTER_KEY ?? '' }, SYSTEM_LATER))
  })

describe.each([
  ['HOT_DAYS', hotDays, 30, 9_999],
  ['ARCHIVE_MINUTES', waitMinutes, 60, 120],
])('%s', (name, read, byDefault, max) => {
  it.each([
    [undefined, byDefault],
    ['', byDefault],
    ['7', 7],
    [String(max), max],
  ])('%j is %d', (text, number) => expect(read(text)).toBe(number))

  it.each(['0', '-1', '1.5', '30 days', '1e2', String(max + 1)])('%j is refused', (text) =>
    expect(() => read(text)).toThrow(name),
  )
})
