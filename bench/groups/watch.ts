/** The watch over many sources, and under many reports: time, rows, bytes and memory of a minute. */
import { runtimeCpuMs } from '../cpu.ts'
import { sumOf } from '../cost/meter/counts.ts'
import { COLLECTORS } from '../../src/refusals/refusal.ts'
import { WATCHERS } from '../../src/watch/watchers/api.ts'
import type { OneWatcher, ReportRun, WatchedMinute } from '../entries/watch.ts'
import type { Effort, Finding, Group } from '../group.ts'
import type { Single } from '../single.ts'
import { at, exactly } from '../spread.ts'
import { EVENTS_A_MINUTE } from '../watch/sources.ts'
import { openWatch } from '../watch/worker.ts'

/** More than the minutes since the oldest checkpoint, and an hour. `asleep` minutes are measured after them. */
const EFFORT = {
  full: { sources: 10_000, learned: 21 * 1_440, awake: 120, asleep: 6, perSecond: 1_000, seconds: 10 },
  quick: { sources: 32, learned: 60, awake: 10, asleep: 1, perSecond: 100, seconds: 0.2 },
} as const

/** Rows are averaged over an hour, so that its end is in them. */
const HOUR = 60

const MEGABYTE = 1_000_000

export const watch: Group = { name: 'watch', run, isLong: true }

async function run(effort: Effort): Promise<Finding> {
  const { sources, learned, awake, asleep, perSecond, seconds } = EFFORT[effort]
  const worker = await openWatch(sources, learned)
  try {
    const warm: WatchedMinute[] = []
    for (let i = 0; i < awake; i++) warm.push(await worker.minute(false))
    const measured = []
    for (let i = 0; i < asleep; i++) measured.push(await timed(() => worker.minute(true)))
    const memory = await memoryOf(worker)
    const reported = await timed(() => worker.ask<ReportRun>({ do: 'report', perSecond, seconds }))
    if (reported.answer.counted !== reported.answer.refused) throw new Error('refusals were lost')
    const attacked = await timed(() => worker.minute(true))
    const bytes = await worker.ask<readonly number[]>({ do: 'bytes' })
    const hour = warm.slice(-HOUR)
    const perMinute = (kind: 'object_rows_written' | 'object_rows_read', of = hour): number =>
      of.reduce((sum, { counts }) => sum + sumOf(counts[kind]), 0) / of.length
    const ofAsleep = measured.map(({ answer }) => answer)
    const minutes = quantiles(measured.map(({ ms }) => ms))
    const single = quantiles(ofAsleep.flatMap(({ watchMs }) => watchMs))
    const calls = quantiles(reported.answer.ms)
    const cpuMs = Math.max(...measured.map((one) => one.cpuMs))
    const data = {
      sources,
      minuteMs: minutes,
      attackedMinuteMs: attacked.ms,
      watcherMs: single,
      cpuMs,
      cpuMsOfWatcher: memory.cpuMs,
      rowsWritten: perMinute('object_rows_written'),
      rowsRead: perMinute('object_rows_read', ofAsleep),
      calls: sumOf(ofAsleep[0]?.counts.object_calls ?? {}),
      bytes: bytes.reduce((sum, one) => sum + one, 0),
      memory,
      report: {
        perSecond: reported.answer.ms.length / seconds,
        ms: calls,
        cpuMs: reported.cpuMs,
        calls: (reported.answer.counts.object_calls['watch.report'] ?? 0) / seconds,
        rowsWritten: sumOf(reported.answer.counts.object_rows_written) / seconds,
        refused: reported.answer.refused,
        named: reported.answer.named,
      },
    }
    return {
      title: 'The watch',
      notes: [
        `${sources.toLocaleString('en-US')} sources, each of which was watched for three weeks and has ${EVENTS_A_MINUTE.toFixed(0)} events a minute in the mean, none of them silent. All ${WATCHERS} objects have lost their memory before each minute. The minute is that of the incidents' object, with all calls, without reading the store; all objects share one thread here, and have one each when they are deployed.`,
        `Rows written are the mean of ${hour.length} minutes. Reports: ${perSecond.toLocaleString('en-US')} a second for ${seconds} s through ${COLLECTORS} collectors, each with four counts and two samples. Processor time is workerd's, with its database.`,
      ],
      columns: ['', 'median', 'largest'],
      rows: [
        ['a minute, ms', minutes.half.toFixed(0), minutes.largest.toFixed(0)],
        ['the minute with the reports, ms', '', attacked.ms.toFixed(0)],
        ['one object in a minute, ms', single.half.toFixed(0), single.largest.toFixed(0)],
        ['processor time of a minute, all objects, ms', '', data.cpuMs.toFixed(0)],
        ['processor time of one object, ms', '', memory.cpuMs.toFixed(0)],
        ['memory of one object, MB', megabytes(memory.object), megabytes(memory.withGarbage)],
        ['object calls a minute', '', data.calls.toFixed(0)],
        ['object rows written a minute', data.rowsWritten.toFixed(1), ''],
        ['object rows read a minute', data.rowsRead.toFixed(0), ''],
        ['stored, MB', megabytes(data.bytes), ''],
        ['a report to a collector, ms', calls.half.toFixed(1), calls.largest.toFixed(1)],
        ['calls of the watch a second', data.report.calls.toFixed(0), ''],
        ['its rows written a second', data.report.rowsWritten.toFixed(0), ''],
        [
          'refusals that are counted by source',
          `${((100 * data.report.named) / data.report.refused).toFixed(0)} %`,
          '',
        ],
      ],
      readings: [
        { goal: 'watcherSeconds', spread: exactly(memory.cpuMs / 1_000) },
        { goal: 'watcherMegabytes', spread: exactly(memory.withGarbage / MEGABYTE) },
      ],
      data,
    }
  } finally {
    await worker.close()
  }
}

const megabytes = (bytes: number): string => (bytes / MEGABYTE).toFixed(1)

const quantiles = (values: readonly number[]) => {
  const sorted = values.toSorted((a, b) => a - b)
  return { half: at(sorted, 0.5), largest: at(sorted, 1) }
}

async function timed<T>(work: () => Promise<T>) {
  const [startMs, startCpuMs] = [performance.now(), (await runtimeCpuMs()) ?? 0]
  const answer = await work()
  return { answer, ms: performance.now() - startMs, cpuMs: ((await runtimeCpuMs()) ?? 0) - startCpuMs }
}

/** One object wakes and watches, while all others sleep: its memory, with what its minute left behind, and its processor time. */
async function memoryOf(worker: Single) {
  const collectBy = () => worker.ask({ do: 'nothing' })
  await worker.ask({ do: 'sleep' })
  const before = await worker.heapBytes(collectBy)
  const { cpuMs, answer } = await timed(() => worker.ask<OneWatcher>({ do: 'one' }))
  const withGarbage = await worker.heapBytes()
  const object = await worker.heapBytes(collectBy)
  // Something else may have been collected meanwhile.
  const more = (bytes: number): number => Math.max(0, bytes - before)
  return { sources: answer.sources, object: more(object), withGarbage: more(withGarbage), cpuMs }
}
