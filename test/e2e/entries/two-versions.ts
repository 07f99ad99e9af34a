/**
 * Two versions of a Worker in one, each with its own modules. A request, a batch of messages, and an object that starts get one of
 * them. `POST /versions` sets the share of each that the next version gets. `POST /reset` ends objects as Cloudflare does when their
 * code changes: calls in flight fail.
 */
import { DurableObject } from 'cloudflare:workers'
import { type Code, resetObjects, resettable } from './resettable.ts'

type Version = Code<unknown>

/** Things that start, by kind. */
const STARTS = ['requests', 'batches', 'objects'] as const
type Started = (typeof STARTS)[number]

/** From 0, only the old version, to 1. */
export type Shares = Readonly<Record<Started, number>>
/** How many of each kind the old and the next version got. */
export type Counts = Readonly<Record<Started, [old: number, next: number]>>

export function twoVersions(old: Version, next: Version) {
  let shares: Shares = { requests: 0, batches: 0, objects: 0 }
  const due = { requests: 0, batches: 0, objects: 0 }
  const counts: Counts = { requests: [0, 0], batches: [0, 0], objects: [0, 0] }

  /** Both in turn, as often as their shares say. */
  const versionFor = (what: Started): Version => {
    due[what] += shares[what]
    const isNext = due[what] >= 1
    if (isNext) due[what] -= 1
    counts[what][isNext ? 1 : 0] += 1
    return isNext ? next : old
  }

  const handlers: ExportedHandler = {
    async fetch(request, env, ctx) {
      const { pathname } = new URL(request.url)
      if (pathname === '/versions') {
        if (request.method === 'POST') {
          shares = await request.json<Shares>()
          for (const what of STARTS) due[what] = 0
        }
        return Response.json(counts)
      }
      if (pathname === '/reset') {
        await resetObjects(request, env)
        return Response.json(counts)
      }
      return versionFor('requests').default.fetch?.(request, env, ctx) ?? new Response(null, { status: 404 })
    },
    queue: (batch, env, ctx) => versionFor('batches').default.queue?.(batch, env, ctx),
  }

  /** A class whose objects are of the version that was chosen when they started. */
  const classNamed = (name: string) =>
    class extends DurableObject<unknown> {
      constructor(ctx: DurableObjectState, env: unknown) {
        super(ctx, env)
        return resettable(versionFor('objects'), name, ctx, env)
      }
    }

  return { handlers, classNamed }
}
