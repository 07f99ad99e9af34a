/** Plays the example recording and says how it went. */
import { exampleRecording } from './example.ts'
import { playLines } from './play.ts'
import { type Score, scoreOf } from './score.ts'

export interface ExampleReport {
  readonly score: Score
  readonly falseAWeek: number
  readonly microsecondsAPoint: number
  /** Largest state of a source, as JSON, without its detectors. */
  readonly stateBytes: number
  readonly text: string
}

const SEED = 19

/** @param nowMs a clock, for the time that a point takes */
export function reportOnExample(nowMs: () => number): ExampleReport {
  const { lines, labels, sourceWeeks } = exampleRecording(SEED)
  const beganMs = nowMs()
  const { raised, points, watches } = playLines(lines)
  const microsecondsAPoint = ((nowMs() - beganMs) * 1000) / points
  const stateBytes = Math.max(...[...watches.values()].map(({ stored }) => JSON.stringify(stored).length))
  const score = scoreOf(labels, raised)
  const falseAWeek = score.falseAlarms.length / sourceWeeks
  const rows = score.kinds.map(({ kind, labels: count, found, delayMinutes }) =>
    [kind.padEnd(20), `${found} of ${count}`.padStart(9), `${delayMinutes ?? '–'}`.padStart(10)].join(' '),
  )
  const text = [
    `${'kind'.padEnd(20)} ${'found'.padStart(9)} ${'delay, min'.padStart(10)}`,
    ...rows,
    `false alarms a source-week: ${falseAWeek.toFixed(2)}`,
    `microseconds a point: ${microsecondsAPoint.toFixed(1)} (${points} points: minutes times sources)`,
    `state a source: ${(stateBytes / 1024).toFixed(1)} KB, and 8 KB for each of its three detectors`,
  ].join('\n')
  return { score, falseAWeek, microsecondsAPoint, stateBytes, text }
}
