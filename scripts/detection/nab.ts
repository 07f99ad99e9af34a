/** Plays a corpus in the layout of the Numenta Anomaly Benchmark (https://github.com/numenta/NAB, `data/` and `results/`). */
import { readFile, readdir } from 'node:fs/promises'
import path from 'node:path'
import { Detector } from '../../src/watch/detector/detector.ts'
import { InputError } from './input-error.ts'
import { writeResult } from './write-result.ts'

const COLUMNS = 'timestamp,value'
const SCORE_DIGITS = 6

/**
 * Scores `<corpus>/data/<category>/<file>.csv`, each with a detector of its own, into `<out>/<category>/<file>.csv`: the same
 * rows with a third column `anomaly_score`, 0 to 1. Returns how many rows it played, and in how much time.
 * @throws {InputError} if there is no such file, or if one has other columns
 */
export async function playCorpus(
  corpus: string,
  out: string,
  nowMs: () => number,
): Promise<{ files: number; rows: number; microsecondsARow: number }> {
  const data = path.join(corpus, 'data')
  const files = await filesBelow(data)
  let rows = 0
  let spentMs = 0
  for (const file of files) {
    const lines = linesOf(await readFile(path.join(data, file), 'utf8'), file)
    const startMs = nowMs()
    const scored = scoredLines(lines)
    spentMs += nowMs() - startMs
    rows += lines.length
    await writeResult(path.join(out, file), `${[`${COLUMNS},anomaly_score`, ...scored].join('\n')}\n`)
  }
  return { files: files.length, rows, microsecondsARow: rows === 0 ? 0 : (spentMs * 1000) / rows }
}

async function filesBelow(data: string): Promise<string[]> {
  const entries = await readdir(data, { recursive: true }).catch((cause: unknown) => {
    throw new InputError(`${data} cannot be read. Name a folder that holds data/<category>/<file>.csv.`, {
      cause,
    })
  })
  const files = entries.filter((entry) => entry.endsWith('.csv')).toSorted()
  if (files.length === 0)
    throw new InputError(`${data} holds no CSV file. Name a folder that holds data/<category>/<file>.csv.`)
  return files
}

function linesOf(text: string, file: string): string[] {
  const [head = '', ...lines] = text.split(/\r?\n/)
  if (head.trim() !== COLUMNS) throw new InputError(`${file}: the first line must be ${COLUMNS}.`)
  // A file that was cut short ends in the middle of a row.
  if (!hasTwoCells(lines.at(-1) ?? '')) lines.pop()
  const rows = lines.filter((line) => line.trim() !== '')
  const at = rows.findIndex((row) => !hasTwoCells(row))
  if (at >= 0) throw new InputError(`${file}: row ${at + 1} does not have two cells.`)
  return rows
}

const hasTwoCells = (line: string): boolean => line.split(',').length === 2

/** Each line as it came, with its score. No row is read before its turn. */
function scoredLines(lines: readonly string[]): string[] {
  const detector = new Detector()
  return lines.map((line) => {
    const [stamp = '', value = ''] = line.split(',')
    const { score } = detector.score(timeMsOf(stamp), numberOf(value))
    return `${line},${score.toFixed(SCORE_DIGITS)}`
  })
}

/** Stamps have no zone (`2014-04-01 00:05:00`) and are taken as UTC. NaN for anything else. */
const timeMsOf = (stamp: string): number => Date.parse(`${stamp.trim().replace(' ', 'T')}Z`)

const numberOf = (cell: string): number => (cell.trim() === '' ? Number.NaN : Number(cell))
