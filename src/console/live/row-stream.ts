/**
 * Rows of the list of events as they are stored, as server-sent events. A person cannot read a thousand rows a second, and a phone
 * cannot draw them: beyond a number of rows it brings a sample, and says so.
 */
import { type Bytes, utf8 } from '../../platform/bytes.ts'
import { sampleArrived } from '../../store/arrived-events.ts'
import type { StoredEvent } from '../../store/stored-event.ts'
import {
  type EventStreamOptions,
  HEARTBEAT_EVERY_MS,
  POLL_EVERY_MS,
  STREAM_MAX_MS,
  pulled,
} from './event-stream.ts'

/** Of one message. There is one a second at most. */
export const ROWS_MAX = 20

/** A message that the client module `live` reads. */
export interface LiveRows {
  /** HTML, oldest first. */
  readonly rows: readonly string[]
  /** How many events arrived in each second, if these are a sample. */
  readonly perSecond: number | null
  /** Whether even more arrived. */
  readonly isCut: boolean
}

interface RowStreamOptions extends EventStreamOptions {
  readonly rowsOf: (events: readonly StoredEvent[], nowMs: number) => Promise<readonly string[]>
}

export const rowStream = (options: RowStreamOptions): ReadableStream<Uint8Array> =>
  pulled(blocks(options), options.place)

async function* blocks(options: RowStreamOptions): AsyncGenerator<Bytes, undefined> {
  const { store, live, source, types, place, onFault, rowsOf } = options
  const startedMs = live.nowMs()
  let { after } = options
  let askedMs = startedMs
  let sentMs = 0
  for (;;) {
    const nowMs = live.nowMs()
    if (nowMs - startedMs >= STREAM_MAX_MS) return undefined
    place.hold(nowMs)
    try {
      const { events, arrived, isCut, next } = await sampleArrived(store, {
        source,
        types,
        after,
        limit: ROWS_MAX,
      })
      after = next
      if (events.length > 0 || nowMs - sentMs >= HEARTBEAT_EVERY_MS) {
        const seconds = Math.max(POLL_EVERY_MS, nowMs - askedMs) / 1_000
        const message: LiveRows = {
          rows: await rowsOf(events, nowMs),
          perSecond: events.length < arrived || isCut ? Math.round(arrived / seconds) : null,
          isCut,
        }
        yield utf8(`id: ${after}\ndata: ${JSON.stringify(message)}\n\n`)
        sentMs = nowMs
      }
    } catch (cause) {
      onFault(cause)
      return undefined
    }
    askedMs = nowMs
    await live.pause(POLL_EVERY_MS)
  }
}
