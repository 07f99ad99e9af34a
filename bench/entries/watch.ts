/**
 * Drives the objects of the watch: those that watch sources, those that collect reports, and the one of the incidents. The clock is set,
 * and each object that watches is made anew before a minute if that is asked for, as if it had been put to sleep.
 */
import { DurableObject } from 'cloudflare:workers'
import { meterStorage, meteredNamespace } from '../cost/meter/object.ts'
import { type Counts, Meter } from '../cost/meter/counts.ts'
import { ARRIVAL_START } from '../../src/store/arrival.ts'
import { Collector as RealCollector, type CollectorEnv } from '../../src/refusals/collector.ts'
import { SYSTEM } from '../../src/platform/system.ts'
import { type IncidentsEnv, watchDeps } from '../../src/watch/incidents/deps.ts'
import { Incidents } from '../../src/watch/incidents/index.ts'
import type { KnownSource } from '../../src/watch/incidents/apply-changes.ts'
import { settledMinute } from '../../src/watch/incidents/run.ts'
import { bounded } from '../../src/watch/signals/signals.ts'
import { SourceMemory } from '../../src/watch/source-memory.ts'
import { RefusalLog as RealRefusalLog } from '../../src/refusals/refusal-log.ts'
import { type SourceChange, WATCHERS, type WatchedSource } from '../../src/watch/watchers/api.ts'
import { watchSources } from '../../src/watch/watchers/call-watchers.ts'
import { keyOf } from '../../src/watch/watchers/minute-row.ts'
import { SourceWatcher } from '../../src/watch/watchers/source-watcher.ts'
import { Store } from '../../src/watch/watchers/store.ts'
import { watcherOf } from '../../src/watch/watchers/watcher-of.ts'
import { type Reported, report } from '../watch/reports.ts'
import { FIRST_MINUTE, RATES, kindOf, signalsOf, sourceNamed } from '../watch/sources.ts'

type MinuteSignals = Parameters<SourceWatcher['watch']>[2][string]

interface Env {
  readonly WATCHERS: DurableObjectNamespace<Watcher>
  readonly COLLECTORS: DurableObjectNamespace<Collector>
  readonly REFUSALS: DurableObjectNamespace<RefusalLog>
  readonly MINUTES: DurableObjectNamespace<Minutes>
}

const meter = new Meter()

/** Each object that is asked has lost its memory. */
let areAsleep = false
let sources = 0
let minute = FIRST_MINUTE
/** Of the objects that watched the minute. */
let watchMs: number[] = []

interface Model {
  readonly stored: string
  readonly detectors: Uint8Array
}

/** Memory of a source of each kind. */
let models: readonly Model[] | undefined

function learnedModels(minutes: number): readonly Model[] {
  return RATES.map((_, kind) => {
    const memory = SourceMemory.begin(FIRST_MINUTE, kind)
    for (let at = FIRST_MINUTE; at < FIRST_MINUTE + minutes; at += 1) {
      memory.see(at, signalsOf(kind, at))
      memory.score(at)
    }
    const detectors = memory.encodeDetectors()
    for (const open of [memory.stored.watch.open, memory.stored.unusual.open])
      for (const id of Object.keys(open)) delete open[id]
    return { stored: JSON.stringify(memory.stored), detectors }
  })
}

export class Watcher extends DurableObject {
  #real: SourceWatcher | undefined

  constructor(ctx: DurableObjectState, env: unknown) {
    meterStorage(ctx, 'watcher', meter)
    super(ctx, env as never)
  }

  /** Begins with sources that were watched for so long, as if their object had been asleep since. */
  async learn(nths: readonly number[], minutes: number): Promise<void> {
    models ??= learnedModels(minutes)
    const store = new Store(this.ctx.storage)
    for (const nth of nths) {
      const model = models[kindOf(nth)]
      if (model === undefined) throw new Error(`no kind of source ${nth}`)
      const stored = JSON.parse(model.stored) as SourceMemory['stored']
      store.putState(keyOf(sourceNamed(nth)), 0, new SourceMemory(stored, () => model.detectors))
    }
  }

  async watch(
    at: number,
    of: readonly WatchedSource[],
    signals: Readonly<Record<string, MinuteSignals>>,
  ): Promise<SourceChange[]> {
    if (areAsleep || this.#real === undefined) this.#real = new SourceWatcher(this.ctx, {})
    const startMs = performance.now()
    const changes = await this.#real.watch(at, of, signals)
    watchMs.push(performance.now() - startMs)
    return changes
  }

  async bytes(): Promise<number> {
    return this.ctx.storage.sql.databaseSize
  }

  async sleep(): Promise<void> {
    this.#real = undefined
  }
}

export class Collector extends RealCollector {
  constructor(ctx: DurableObjectState, env: CollectorEnv) {
    meterStorage(ctx, 'collector', meter)
    super(ctx, { ...env, REFUSALS: meteredNamespace((env as Env).REFUSALS, 'watch', meter) })
  }
}

/** Set while reports of a minute are asked for. */
let askedMs: number | undefined

export class RefusalLog extends RealRefusalLog {
  constructor(ctx: DurableObjectState, env: unknown) {
    meterStorage(ctx, 'watch', meter)
    // Reports come in the minute that is watched next.
    super(ctx, env, () => askedMs ?? minute * 60_000)
  }

  override async arrived(of: number) {
    askedMs = (of + 1) * 60_000
    try {
      return await super.arrived(of)
    } finally {
      askedMs = undefined
    }
  }
}

const knownSources = (): KnownSource[] =>
  Array.from({ length: sources }, (_, nth) => ({ ...sourceNamed(nth), provider: 'generic' }))

const nowMs = (): number => (minute + 1) * 60_000 + 15_000

export class Minutes extends Incidents {
  constructor(ctx: DurableObjectState, bindings: IncidentsEnv & Env) {
    meterStorage(ctx, 'incidents', meter)
    const registry = {
      snapshots: {
        watchedSources: async () => ({ version: 1, sources: knownSources() }),
        channels: async () => null,
      },
    }
    // An empty store. The price and the time of reading it are counted by `npm run cost`.
    const none = { first: async () => null }
    const store = { prepare: () => ({ ...none, bind: () => none }) }
    const env = {
      ...bindings,
      MASTER_KEY: `v1:${'A'.repeat(43)}=`,
      STORE: store,
      REGISTRY: { getByName: () => registry },
    } as unknown as IncidentsEnv
    const watch = meteredNamespace(bindings.REFUSALS, 'watch', meter)
    const watchers = meteredNamespace(bindings.WATCHERS, 'watcher', meter)
    super(ctx, env, {
      ...watchDeps(ctx, env, { ...SYSTEM, nowMs, log: () => undefined }),
      async read(_from, at) {
        const reported = await watch.getByName('refusals').arrived(at)
        const refused = Map.groupBy(reported.refused, ({ source }) => source ?? '')
        const signals = new Map(
          Array.from({ length: sources }, (_, nth) => {
            const { name } = sourceNamed(nth)
            const own = signalsOf(nth, at)
            const refusals = (refused.get(name) ?? []).map(({ asn = null, ...one }) => ({ ...one, asn }))
            return [name, bounded({ ...own, refused: [...(own.refused ?? []), ...refusals] })]
          }),
        )
        const verified = new Map(
          [...signals].map(([name, { networks }]) => [name, new Set(Object.keys(networks))]),
        )
        return { signals, verified, guardFallbacks: new Map(), next: ARRIVAL_START, mark: null, missed: 0 }
      },
      watch: (at, of, { signals }) => watchSources(watchers, at, of, signals),
      facts: async () => ({
        down: [],
        secrets: [],
        queues: [],
        deadLetters: {},
        destinations: [],
        guards: [],
        readers: [],
      }),
    })
  }

  /** The minute, and where the object is after it. */
  async next(): Promise<void> {
    // As if it had fired.
    await this.ctx.storage.deleteAlarm()
    await this.alarm()
    const { minute: at, failing } = await this.status()
    if (at !== settledMinute(nowMs()) || failing !== null)
      throw new Error(`the minute was not watched: ${JSON.stringify(failing)}`)
  }
}

export interface WatchedMinute {
  readonly ms: number
  /** Of each object that watches sources. */
  readonly watchMs: readonly number[]
  readonly counts: Counts
}

export interface ReportRun extends Reported {
  readonly counts: Counts
}

export interface OneWatcher {
  readonly sources: number
}

const byWatcher = (): Map<string, number[]> =>
  Map.groupBy(
    Array.from({ length: sources }, (_, nth) => nth),
    (nth) => watcherOf(sourceNamed(nth).name),
  )

export default {
  /**
   * `?do=learn&sources=<n>&learned=<minutes>`, `?do=minute&asleep=<0|1>` → a `WatchedMinute`, `?do=report&perSecond=<n>&seconds=<n>` → a `ReportRun`,
   * `?do=bytes` → of each object that watches sources, `?do=one` lets one of them watch a minute alone, `?do=sleep` lets all forget.
   */
  async fetch(request, env) {
    const query = new URL(request.url).searchParams
    const number = (name: string): number => Number(query.get(name))
    const all = Array.from({ length: WATCHERS }, (_, nth) => env.WATCHERS.getByName(String(nth)))
    switch (query.get('do') ?? '') {
      case 'learn': {
        sources = number('sources')
        minute = FIRST_MINUTE + number('learned')
        for (const [name, nths] of byWatcher())
          await env.WATCHERS.getByName(name).learn(nths, number('learned'))
        meter.take()
        return Response.json(null)
      }
      case 'minute': {
        areAsleep = number('asleep') === 1
        watchMs = []
        const startMs = performance.now()
        await env.MINUTES.getByName('incidents').next()
        const answer: WatchedMinute = { ms: performance.now() - startMs, watchMs, counts: meter.take() }
        minute += 1
        return Response.json(answer)
      }
      case 'one': {
        areAsleep = true
        watchMs = []
        const [[name, nths]] = byWatcher() as unknown as [[string, number[]]]
        await env.WATCHERS.getByName(name).watch(
          minute - 1,
          nths.map(sourceNamed),
          Object.fromEntries(nths.map((nth) => [sourceNamed(nth).name, signalsOf(nth, minute - 1)])),
        )
        return Response.json({ sources: nths.length } satisfies OneWatcher)
      }
      case 'report':
        return Response.json({
          ...(await report(env, {
            minute,
            sources,
            perSecond: number('perSecond'),
            seconds: number('seconds'),
          })),
          counts: meter.take(),
        } satisfies ReportRun)
      case 'bytes':
        return Response.json(await Promise.all(all.map((one) => one.bytes())))
      case 'sleep':
        await Promise.all(all.map((one) => one.sleep()))
        return Response.json(null)
      default:
        return Response.json(null)
    }
  },
} satisfies ExportedHandler<Env>
