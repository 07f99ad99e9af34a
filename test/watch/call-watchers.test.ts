/** Which objects are called for a minute, and with what. */
import { describe, expect, it } from 'vitest'
import type { SourceChange, WatchedSource } from '../../src/watch/watchers/api.ts'
import { watchSources } from '../../src/watch/watchers/call-watchers.ts'
import { TURNS, turnOf, watcherOf } from '../../src/watch/watchers/watcher-of.ts'

const ended = (source: string): SourceChange => ({
  source,
  change: {
    change: 'ended',
    incident: { kind: 'lag', raisedAt: 1, fromMinute: 1, lastMinute: 1, severity: 'info' },
    untilMinute: 2,
  },
})

describe('a minute of all sources', () => {
  it('goes to the objects that have sources, with their own sources and signals', async () => {
    const sources = ['shop', 'accounts', 'news'].map((name, i): WatchedSource => ({ name, createdAtMs: i }))
    const seen = new Map<string, string>()
    const watchers = {
      getByName: (watcher: string) => ({
        watch: async (_: number, own: readonly WatchedSource[], signals: object) => {
          for (const { name } of own) seen.set(name, watcher)
          return Object.keys(signals).map(ended)
        },
      }),
    }
    const signals = new Map([
      ['shop', { accepted: 1 }],
      ['elsewhere', { accepted: 1 }],
    ])
    expect(await watchSources(watchers, 5, sources, signals)).toEqual([ended('shop')])
    expect(seen).toEqual(new Map(sources.map(({ name }) => [name, watcherOf(name)])))
  })

  it('fails if an object fails, so that it is repeated', async () => {
    const down = () => Promise.reject(new Error('down'))
    const watchers = { getByName: () => ({ watch: down }) }
    const shop = { name: 'shop', createdAtMs: 1 }
    await expect(watchSources(watchers, 5, [shop], new Map())).rejects.toThrow('down')
  })
})

describe('10,000 sources', () => {
  it('are divided evenly over objects and turns', () => {
    const names = Array.from({ length: 10_000 }, (_, i) => `shop-${i}`)
    const sizes = [...Map.groupBy(names, watcherOf).values()].map(({ length }) => length)
    const turns = [...Map.groupBy(names, (name) => `${watcherOf(name)} ${turnOf(name)}`).values()]
    expect([sizes.length, Math.max(...sizes) < 750]).toEqual([16, true])
    expect(turns).toHaveLength(16 * TURNS)
    expect(Math.max(...turns.map(({ length }) => length))).toBeLessThan(100)
  })
})
