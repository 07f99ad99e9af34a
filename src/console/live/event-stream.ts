/**
 * Events as they are stored, as server-sent events. The stream is pulled: while the client does not read, nothing is read from the
 * store, and at most one page waits in memory.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
import type { EventType } from '../../event/mail-event.ts'
import { type Bytes, utf8 } from '../../platform/bytes.ts'
import { type ArrivedEvent, listArrived } from '../../store/arrived-events.ts'
import type { Store } from '../../store/store.ts'
import type { Place } from './open-streams.ts'

/** Ends the stream before the platform or a proxy does; the client opens it again. */
export const STREAM_MAX_MS = 600_000
export const POLL_EVERY_MS = 1_000
/** Proxies close a connection that is silent for long. */
export const HEARTBEAT_EVERY_MS = 15_000
const PAGE_EVENTS = 100

export interface Live {
  /** Milliseconds since the epoch, now: a stream outlives the time at which its request came. */
  readonly nowMs: () => number
  readonly pause: (ms: number) => Promise<void>
}

export interface EventStreamOptions {
  readonly store: Store
  readonly live: Live
  readonly source?: string | undefined
  readonly types?: readonly EventType[] | undefined
  /** Where to begin: a cursor, `now` or `oldest`. */
  readonly after: string
  readonly place: Place
  /** The store failed. The stream ends, and the client opens it again. */
  readonly onFault: (cause: unknown) => void
}

/** Each message is one event, under the id of the position after it. A message `position` only has an id. */
export const eventStream = (options: EventStreamOptions): ReadableStream<Uint8Array> =>
  pulled(blocks(options), options.place)

/** A stream of blocks that makes the next one when its reader wants it. */
export function pulled(
  next: AsyncGenerator<Bytes, undefined>,
  { leave }: Pick<Place, 'leave'>,
): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { value } = await next.next()
        if (value !== undefined) return controller.enqueue(value)
        leave()
        controller.close()
      },
      async cancel() {
        leave()
        await next.return(undefined)
      },
    },
    { highWaterMark: 0 },
  )
}

async function* blocks(options: EventStreamOptions): AsyncGenerator<Bytes, undefined> {
  const { store, live, source, types, place, onFault } = options
  const startedMs = live.nowMs()
  let { after } = options
  let sentMs: number | undefined
  /** The last id that the client has. */
  let known: string | undefined
  for (;;) {
    const nowMs = live.nowMs()
    if (nowMs - startedMs >= STREAM_MAX_MS) return undefined
    place.hold(nowMs)
    const page = await listArrived(store, { source, types, after, limit: PAGE_EVENTS }).catch(
      (cause: unknown) => {
        onFault(cause)
        return undefined
      },
    )
    if (page === undefined) return undefined
    after = page.next
    if (page.events.length > 0) {
      known = page.events.at(-1)?.cursor
      yield utf8(page.events.map(messageOf).join(''))
      sentMs = live.nowMs()
    } else if (sentMs === undefined || nowMs - sentMs >= HEARTBEAT_EVERY_MS) {
      yield utf8(known === after ? HEARTBEAT : `${HEARTBEAT}${positionOf(after)}`)
      known = after
      sentMs = nowMs
    }
    if (page.isLast) await live.pause(POLL_EVERY_MS)
  }
}

const HEARTBEAT = ': heartbeat\n\n'

/** JSON has no line ends of its own. */
const messageOf = ({ event, cursor }: ArrivedEvent): string =>
  `id: ${cursor}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`

/** So that a client that has not got an event yet, or none for long, can resume. */
const positionOf = (cursor: string): string => `id: ${cursor}\nevent: position\ndata: {}\n\n`
