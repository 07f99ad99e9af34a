import { describe, expect, it, vi } from 'vitest'
import { type FoundSource, Sources } from '../../../src/gateway/accept/sources.ts'
import type { SourceConfig } from '../../../src/registry/sources/document.ts'
import type { SealedSource } from '../../../src/registry/sources/source.ts'

const NOW_MS = 1_800_000_000_000
const MAX_STALE_SECONDS = 600

/** A registry in memory that counts what it is asked and can be down. */
function registry(...names: readonly string[]) {
  const versions = new Map(names.map((name, i) => [name, i + 1]))
  const asked = { load: 0, sourceIndex: 0 }
  let changes = names.length
  let down = false
  const answer = <T>(value: T): Promise<T> =>
    down ? Promise.reject(new Error('down')) : Promise.resolve(value)
  return {
    asked,
    change: (name: string) => void versions.set(name, ++changes),
    remove: (name: string) => void (versions.delete(name), changes++),
    goDown: () => void (down = true),
    origin: {
      load(name: string): Promise<SealedSource | null> {
        asked.load += 1
        const version = versions.get(name)
        return answer(version === undefined ? null : sealed(name, version))
      },
      sourceIndex(known: number) {
        asked.sourceIndex += 1
        return answer({ version: changes, names: known === changes ? null : [...versions.keys()] })
      },
    },
  }
}

const sealed = (name: string, version: number): SealedSource => ({
  name,
  version,
  config: { provider: 'generic', maxStaleSeconds: MAX_STALE_SECONDS } as SourceConfig,
  secrets: [],
})

/** An isolate whose registry has sources of these names. */
function isolate(...names: readonly string[]) {
  const known = registry(...names)
  const { origin } = known
  const background: Promise<unknown>[] = []
  const sources = new Sources(origin, async () => ({}))
  return {
    ...known,
    sources,
    settled: () => Promise.all(background),
    find: (name: string, nowMs = NOW_MS) => sources.find(name, nowMs, (work) => void background.push(work)),
  }
}

const versionOf = (found: FoundSource) => (found.state === 'known' ? found.source.version : found.state)

describe('unknown names', () => {
  it('do not touch the registry twice', async () => {
    const { find, asked } = isolate('shop')
    for (let i = 0; i < 5; i++) expect((await find('nobody')).state).toBe('unknown')
    expect(asked).toEqual({ load: 0, sourceIndex: 1 })
  })

  it('cost a number of calls bounded by time, however many there are', async () => {
    const { find, asked } = isolate('shop')
    for (let i = 0; i < 10_000; i++) await find(`random-${i}`, NOW_MS + i)
    expect(asked.load).toBe(0)
    expect(asked.sourceIndex).toBeLessThanOrEqual(50 + 10 * 5 + 1)
  })

  it('cost as little after a removal: the isolate forgets the name that it knew', async () => {
    const { find, sources, asked, remove } = isolate('shop')
    await find('shop')
    remove('shop')
    await sources.reload('shop', NOW_MS)
    const before = { ...asked }
    for (let i = 0; i < 100; i++) expect((await find('shop')).state).toBe('unknown')
    expect(asked).toEqual({ load: before.load, sourceIndex: before.sourceIndex + 1 })
  })

  it.each([
    ['longer than any source’s', 'a'.repeat(65)],
    ['as long as a URL can be', 'a'.repeat(16_000)],
    ['in upper case', 'Shop'],
    ['empty', ''],
    ['of other characters', 'shop\n'],
    ['with a hyphen at its end', 'shop-'],
    ['of an object’s prototype', '__proto__'],
  ])('are neither remembered nor asked about where they are %s', async (_what, name) => {
    const { find, asked } = isolate('shop')
    for (let i = 0; i < 100; i++) expect((await find(name)).state).toBe('unknown')
    expect(asked).toEqual({ load: 0, sourceIndex: 0 })
  })

  it('that no source can have leave the calls to the other names', async () => {
    const { find, goDown } = isolate('shop')
    for (let i = 0; i < 2_000; i++) await find(`${'a'.repeat(65)}${i}`)
    expect(versionOf(await find('shop'))).toBe(1)
    goDown()
    expect((await find('A')).state).toBe('unknown')
  })

  it('do not hide a source that the isolate has not cached, not even in a flood', async () => {
    const { find } = isolate('shop')
    for (let i = 0; i < 1_000; i++) await find(`random-${i}`)
    expect(versionOf(await find('shop'))).toBe(1)
  })

  it('become known when a source is created, at most a moment after they were asked for', async () => {
    const { find, change } = isolate()
    change('fresh')
    expect(versionOf(await find('fresh'))).toBe(1)
    await find('later')
    change('later')
    expect(versionOf(await find('later', NOW_MS + 1_001))).toBe(2)
  })
})

describe('known names', () => {
  it('are used without asking for 30 s, then refreshed in the background', async () => {
    const { find, settled, asked, change } = isolate('shop')
    await find('shop')
    change('shop')
    expect(versionOf(await find('shop', NOW_MS + 29_000))).toBe(1)
    expect(asked.load).toBe(1)
    expect(versionOf(await find('shop', NOW_MS + 31_000))).toBe(1)
    await settled()
    expect(versionOf(await find('shop', NOW_MS + 31_001))).toBe(2)
  })

  it('are the same object while their version is the same, so that imported keys stay', async () => {
    const { find, sources } = isolate('shop')
    const first = await find('shop')
    const again = await sources.reload('shop', NOW_MS + 5_000)
    if (first.state !== 'known' || again.state !== 'known') throw new Error('not known')
    expect(again.source).toBe(first.source)
  })

  it('are unknown after a removal, once the registry is asked', async () => {
    const { find, sources, remove } = isolate('shop')
    await find('shop')
    remove('shop')
    expect((await sources.reload('shop', NOW_MS)).state).toBe('unknown')
    expect((await find('shop', NOW_MS + 1)).state).toBe('unknown')
  })

  it('are loaded once for many at the same time', async () => {
    const { find, asked } = isolate('shop')
    await Promise.all(Array.from({ length: 50 }, () => find('shop')))
    expect(asked).toEqual({ load: 1, sourceIndex: 1 })
  })
})

describe('a registry that is down', () => {
  it('leaves the cached source in use until it is too old', async () => {
    const { find, settled, goDown } = isolate('shop')
    await find('shop')
    goDown()
    expect(versionOf(await find('shop', NOW_MS + 60_000))).toBe(1)
    await settled()
    expect(versionOf(await find('shop', NOW_MS + (MAX_STALE_SECONDS - 1) * 1_000))).toBe(1)
    expect((await find('shop', NOW_MS + MAX_STALE_SECONDS * 1_000)).state).toBe('unavailable')
  })

  it('makes an uncached source unavailable, not unknown: the sender must come back', async () => {
    const { find, goDown } = isolate('shop')
    goDown()
    expect((await find('shop')).state).toBe('unavailable')
  })

  it.each(['load', 'sourceIndex'] as const)(
    'holds nobody for ever with a %s whose answer was lost with the request that asked',
    async (lost) => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
      try {
        const { find, origin } = isolate('shop')
        const answering = origin[lost]
        origin[lost] = () => new Promise<never>(() => undefined)
        void find('shop')
        const waiting = find('shop')
        await vi.advanceTimersByTimeAsync(10_000)
        // Not unknown: the sender must come back.
        expect((await waiting).state).toBe('unavailable')
        Object.assign(origin, { [lost]: answering })
        expect((await find('shop')).state).toBe('known')
      } finally {
        vi.useRealTimers()
      }
    },
  )

  it('does not overwrite a newer answer with an older one that arrives later', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const { find, origin, change } = isolate('shop')
      const held = Promise.withResolvers<SealedSource | null>()
      const load = vi.spyOn(origin, 'load').mockReturnValueOnce(held.promise)
      const first = find('shop', NOW_MS)
      const impatient = find('shop', NOW_MS + 1)
      await vi.advanceTimersByTimeAsync(10_000)
      await impatient
      expect(load).toHaveBeenCalledTimes(1)
      change('shop')
      expect(versionOf(await find('shop', NOW_MS + 10_000))).toBe(2)
      held.resolve(sealed('shop', 1))
      expect(versionOf(await first)).toBe(2)
      expect(versionOf(await find('shop', NOW_MS + 10_001))).toBe(2)
    } finally {
      vi.useRealTimers()
    }
  })
})
