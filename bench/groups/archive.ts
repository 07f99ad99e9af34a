/** Events a second from the store into files of the archive, and the bytes that an event takes there. */
import type { ArchiveRun } from '../entries/consumer.ts'
import type { Effort, Finding, Group } from '../group.ts'
import { exactly, ratioOf, spreadOf, textOf } from '../spread.ts'
import { type StoringWorld, askConsumer, openStoring, store } from '../storing.ts'

/** A round fills two files: 50,000 events. */
const EFFORT = {
  full: { rounds: 5, messages: 500 },
  quick: { rounds: 1, messages: 5 },
} as const

/** In a delivery. */
const EVENTS = 100

export const archive: Group = { name: 'archive', run }

async function run(effort: Effort): Promise<Finding> {
  const { rounds, messages } = EFFORT[effort]
  const world = await openStoring()
  try {
    // Cold code is not counted.
    await round(world, Math.min(messages, 20))
    const warmed = await filesOf(world)
    const stored: number[] = []
    const archived: number[] = []
    for (let i = 0; i < rounds; i++) {
      const { storeMs, archiveMs, events } = await round(world, messages)
      stored.push((1_000 * events) / storeMs)
      archived.push((1_000 * events) / archiveMs)
    }
    const { events, bytes, files } = await filesOf(world)
    const bytesAnEvent = (bytes - warmed.bytes) / (events - warmed.events)
    const ratio = ratioOf(archived, stored)
    return {
      title: 'The archive',
      notes: [
        `Rounds of ${(messages * EVENTS).toLocaleString('en-US')} events: the consumer stores them, then the object of the archive reads them, unwraps the keys of their people, and puts Parquet files into the bucket (local R2), ${files} in all. Both run in one process, one after the other.`,
        'Bytes are those of the files, with the sealed part of each event; see bench/mail.ts for the events.',
      ],
      columns: [
        'into the store, events /s',
        'into the archive, events /s',
        'archive over store',
        'bytes an event',
      ],
      rows: [
        [
          spreadOf(stored).median.toFixed(0),
          spreadOf(archived).median.toFixed(0),
          textOf(ratio),
          bytesAnEvent.toFixed(0),
        ],
      ],
      readings: [
        { goal: 'archive', spread: ratio },
        { goal: 'archiveBytes', spread: exactly(bytesAnEvent) },
      ],
      data: { stored, archived, bytesAnEvent, files },
    }
  } finally {
    await world.runtime.close()
  }
}

async function round(world: StoringWorld, messages: number) {
  const { ms: storeMs, events } = await store(world, { events: EVENTS }, messages)
  const { ms: archiveMs } = (await askConsumer(world, '/?archive')) as ArchiveRun
  return { storeMs, archiveMs, events }
}

async function filesOf({ runtime }: StoringWorld) {
  const { STORE } = await runtime.bindings<{ readonly STORE: D1Database }>('consumer')
  const row = await STORE.prepare(
    `SELECT count(*) AS files, sum(events) AS events, sum(bytes) AS bytes FROM archive_files WHERE state = 'written'`,
  ).first<Record<'files' | 'events' | 'bytes', number>>()
  const { events: held } = (await STORE.prepare('SELECT sum(events) AS events FROM segments').first<{
    readonly events: number
  }>()) ?? { events: 0 }
  if (row === null || row.events !== held) throw new Error(`${row?.events} of ${held} events were archived`)
  return row
}
