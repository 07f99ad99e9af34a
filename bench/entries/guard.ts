/** Drives a guard, and for comparison an object that writes one row per request. One object each. */
import { DurableObject } from 'cloudflare:workers'
import { meterStorage } from '../cost/meter/object.ts'
import { Meter, sumOf } from '../cost/meter/counts.ts'
import { toHex } from '../../src/platform/bytes.ts'
import { Guard as RealGuard } from '../../src/gateway/guard/guard.ts'
import { batchingGuards } from '../../src/gateway/guard/piggybacked-settles.ts'

interface Env {
  readonly GUARD: DurableObjectNamespace<Guard>
  readonly INSERTING: DurableObjectNamespace<Inserting>
}

const meter = new Meter()

export class Guard extends RealGuard {
  constructor(ctx: DurableObjectState, env: unknown) {
    meterStorage(ctx, 'guard', meter)
    super(ctx, env)
  }
}

/** The naive solution: a table of ids, one INSERT per request. */
export class Inserting extends DurableObject {
  constructor(ctx: DurableObjectState, env: unknown) {
    meterStorage(ctx, 'inserting', meter)
    super(ctx, env as never)
    ctx.storage.sql.exec('CREATE TABLE IF NOT EXISTS seen (id TEXT PRIMARY KEY, at INTEGER NOT NULL)')
  }

  async claim(id: string, atSeconds: number): Promise<boolean> {
    const { sql } = this.ctx.storage
    const taken = sql.exec(
      'INSERT INTO seen (id, at) VALUES (?, ?) ON CONFLICT (id) DO NOTHING RETURNING id',
      id,
      atSeconds,
    )
    return taken.toArray().length === 1
  }
}

export interface GuardRun {
  readonly perSecond: number
  readonly rowsPerThousand: number
}

const digest = (): string => toHex(crypto.getRandomValues(new Uint8Array(16)))

/** Admits and settles as the gateway does. The last claim is written immediately, together with all pending ones. */
async function claims(env: Env, ctx: ExecutionContext, count: number, atOnce: number): Promise<void> {
  const guardNamed = batchingGuards(
    (name) => env.GUARD.getByName(name),
    (work) => ctx.waitUntil(work),
    Date.now,
  )
  const claim = async (singleUse: boolean): Promise<void> => {
    const guard = guardNamed('one')
    const fingerprint = digest()
    const body = singleUse ? digest() : ''
    const nowMs = Date.now()
    const request = {
      nowMs,
      fingerprint,
      body,
      limitPerMinute: 1e9,
      memorySeconds: 600,
      signedAtSeconds: Math.floor(nowMs / 1_000),
    }
    const answer = await guard.admit(request)
    if (answer.verdict !== 'admitted') throw new Error(answer.verdict)
    await guard.settle({ fingerprint, lease: answer.lease, kept: true, deferrable: !singleUse })
  }
  await parallel(count - 1, atOnce, () => claim(false))
  await claim(true)
}

async function inserts(env: Env, count: number, atOnce: number): Promise<void> {
  await parallel(count, atOnce, async () => {
    const taken = await env.INSERTING.getByName('one').claim(
      crypto.randomUUID(),
      Math.floor(Date.now() / 1_000),
    )
    if (!taken) throw new Error('a new id was taken')
  })
}

async function parallel(count: number, atOnce: number, work: () => Promise<void>): Promise<void> {
  let left = count
  const worker = async (): Promise<void> => {
    while (left-- > 0) await work()
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}

export default {
  /** `?who=ours|inserting&count=<n>&atOnce=<n>` → a `GuardRun`. */
  async fetch(request, env, ctx) {
    const query = new URL(request.url).searchParams
    const [count, atOnce] = [Number(query.get('count')), Number(query.get('atOnce'))]
    meter.take()
    const startMs = performance.now()
    if (query.get('who') === 'ours') await claims(env, ctx, count, atOnce)
    else await inserts(env, count, atOnce)
    const seconds = (performance.now() - startMs) / 1_000
    const rows = sumOf(meter.take().object_rows_written)
    return Response.json({ perSecond: count / seconds, rowsPerThousand: (1_000 * rows) / count })
  },
} satisfies ExportedHandler<Env>
