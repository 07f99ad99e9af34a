/** The deployment as its console shows it. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Console, problemOf } from '../../../src/simulator/console.ts'
import { type Received, jsonOf } from '../../../src/simulator/http.ts'
import type { MailEvent } from '../../../src/event/mail-event.ts'

interface Shown {
  readonly console: Console
}

/** Parts that health calls faulty; null if the console does not answer. */
export async function faultsOf({ console }: Shown): Promise<readonly string[] | null> {
  const answer = await console.get('/api/health').catch(() => undefined)
  if (answer?.status !== 200) return null
  const { parts } = jsonOf(answer) as { parts: readonly { part: string; fault: string | null }[] }
  return parts.filter(({ fault }) => fault !== null).map(({ part }) => part)
}

/** Events of these sources, by the counters. */
export async function countOf({ console }: Shown, names: readonly string[]): Promise<number> {
  const { events } = okay(await console.get('/api/counters')) as {
    events: readonly { source: string; count: number }[]
  }
  return events.filter(({ source }) => names.includes(source)).reduce((sum, { count }) => sum + count, 0)
}

/** How often the event about each recipient is stored. */
export async function storedOf(
  { console }: Shown,
  names: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const stored = new Map<string, number>()
  for (const source of names) {
    let cursor: string | null = null
    do {
      const query = new URLSearchParams({ source, limit: '500', ...(cursor !== null && { cursor }) })
      const page = okay(await console.get(`/api/events?${query.toString()}`)) as {
        events: readonly MailEvent[]
        next_cursor: string | null
      }
      for (const { recipient } of page.events)
        if (recipient !== null) stored.set(recipient, (stored.get(recipient) ?? 0) + 1)
      cursor = page.next_cursor
    } while (cursor !== null)
  }
  return stored
}

export interface Archived {
  readonly stored: number
  /** Events in files. */
  readonly archived: number
}

/** An event waits a minute for its file. */
const ARCHIVE_PATIENCE_MS = 180_000

/** Waits until all stored events are in files, but not forever. */
export async function archived({
  console,
  ended,
}: Shown & { readonly ended: AbortSignal }): Promise<Archived> {
  const untilMs = performance.now() + ARCHIVE_PATIENCE_MS
  for (;;) {
    const { events, waiting } = okay(await console.get('/api/archive')) as {
      events: number
      waiting: { events: number }
    }
    if (waiting.events === 0 || performance.now() > untilMs)
      return { stored: events + waiting.events, archived: events }
    await sleep(1_000, undefined, { signal: ended })
  }
}

function okay(answer: Received): unknown {
  if (answer.status !== 200) throw new Error(problemOf(answer))
  return jsonOf(answer)
}
