/** Follows the console's stream of events, again and again, without a gap. */
import { setTimeout as sleep } from 'node:timers/promises'
import { EventSourceParserStream } from 'eventsource-parser/stream'
import { eventRoutes } from '../../api/events.ts'
import type { StoredEvent } from '../../store/stored-event.ts'
import type { Api, Query } from '../connection/api.ts'
import { isObject } from '../json.ts'
import { Stop } from '../stop.ts'

/** Longer than the console keeps a stream open. */
const DEADLINE_MS = 900_000
/** The heartbeat comes every 15 seconds: a stream without a sign for this long is dead. */
const SILENCE_MAX_MS = 45_000
/** Waits before the stream is opened again; the last one from then on. */
const AGAIN_MS = [0, 1_000, 2_000, 5_000, 10_000] as const
/** One event with all its metadata. */
const EVENT_MAX_CHARACTERS = 8_000_000

export interface FollowOptions {
  readonly api: Api
  readonly query: Query
  readonly ended: AbortSignal
  /** The stream broke off, and is opened again. @param why the console's own words, if it gave any */
  readonly onBreak: (why: string | undefined) => void
}

/**
 * Events in the order in which they were stored, from now on until it is ended.
 *
 * @throws {Stop} if the console refuses, or was never reached
 */
export async function* followEvents(options: FollowOptions): AsyncGenerator<StoredEvent> {
  const { ended, onBreak } = options
  let last: string | undefined
  let failures = 0
  while (!ended.aborted) {
    try {
      for await (const { id, event } of streamed(options, last)) {
        failures = 0
        if (event !== undefined) yield event
        // Only now that it was handled: after a break, the console sends what follows it.
        last = id ?? last
      }
    } catch (cause) {
      if (ended.aborted) return
      if (!isBreak(cause, last !== undefined)) throw cause
      if (failures++ === 0) onBreak(cause instanceof Stop ? cause.message : undefined)
    }
    const waitMs = AGAIN_MS[Math.min(failures, AGAIN_MS.length - 1)]
    await sleep(waitMs, undefined, { signal: ended }).catch(() => undefined)
  }
}

interface Message {
  readonly id: string | undefined
  /** Undefined if the message only says how far the console has read. */
  readonly event: StoredEvent | undefined
}

/** The messages of one stream. @param last the id of the last one before it */
async function* streamed(
  { api, query, ended }: FollowOptions,
  last: string | undefined,
): AsyncGenerator<Message> {
  const silence = new AbortController()
  const headers = { accept: 'text/event-stream', 'last-event-id': last }
  const bytes = await api.stream(eventRoutes.streamEvents, {
    query,
    headers,
    deadlineMs: DEADLINE_MS,
    ended: AbortSignal.any([ended, silence.signal]),
  })
  let timer: NodeJS.Timeout | undefined
  const heard = () => {
    clearTimeout(timer)
    timer = setTimeout(() => silence.abort(), SILENCE_MAX_MS)
  }
  const messages = bytes
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream({ onComment: heard, maxBufferSize: EVENT_MAX_CHARACTERS }))
  try {
    heard()
    for await (const { id, data } of messages) {
      clearTimeout(timer)
      yield { id, event: eventIn(data) }
      heard()
    }
  } finally {
    clearTimeout(timer)
  }
}

/** @throws {Stop} for anything but JSON */
function eventIn(data: string): StoredEvent | undefined {
  let value: unknown
  try {
    value = JSON.parse(data)
  } catch {
    throw new Stop('denied', 'not_postern', 'What answers there is no Postern console.')
  }
  return isObject(value) && 'id' in value ? (value as unknown as StoredEvent) : undefined
}

/** A refusal is final, and so is every error before the first message. Whatever else the network does is a break. */
function isBreak(cause: unknown, hasBegun: boolean): boolean {
  if (cause instanceof Stop) return hasBegun && (cause.exit === 'failed' || cause.code === 'not_reached')
  return cause instanceof TypeError || cause instanceof DOMException
}
