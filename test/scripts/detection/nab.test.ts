/** `npm run detection`, as someone runs it: on a corpus that is written here. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ROOT } from '../../../scripts/workers.ts'
import { type Point, changed, dailyWave } from '../../watch/detector/series.ts'

let folder = ''
beforeAll(() => (folder = mkdtempSync(path.join(tmpdir(), 'postern-detection-'))))
afterAll(() => rmSync(folder, { recursive: true }))

const detection = (...args: string[]) =>
  spawnSync(process.execPath, [path.join(ROOT, 'scripts/detection.ts'), ...args], {
    encoding: 'utf8',
    cwd: folder,
  })

const stampOf = (timeMs: number): string => new Date(timeMs).toISOString().slice(0, 19).replace('T', ' ')
const csvOf = (points: readonly Point[]): string =>
  ['timestamp,value', ...points.map(({ timeMs, value }) => `${stampOf(timeMs)},${value}`), ''].join('\n')

/** Writes a corpus, plays it, and returns the lines of each result. */
function play(name: string, files: Readonly<Record<string, string>>) {
  const out = path.join(folder, `${name}-out`)
  const corpus = path.join(folder, name)
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(corpus, 'data', file)), { recursive: true })
    writeFileSync(path.join(corpus, 'data', file), text)
  }
  const { status, stdout, stderr } = detection('--nab', corpus, '--out', out)
  const linesOf = (file: string) => readFileSync(path.join(out, file), 'utf8').trimEnd().split('\n')
  return { status, stdout, stderr, linesOf }
}

const scoresOf = (lines: readonly string[]): number[] =>
  lines.slice(1).map((line) => Number(line.split(',')[2]))

const DAY_MS = 86_400_000
const points = changed(dailyWave(1_000), 800, 803, () => 140)

describe('a corpus', () => {
  it('is scored row by row, in files of the same names', () => {
    const { status, stdout, stderr, linesOf } = play('plain', {
      'anyCategory/any name.csv': csvOf(points),
      'other/flat.csv': csvOf(changed(points, 0, points.length, () => 1)),
    })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toContain('2 files, 2000 rows')
    const lines = linesOf('anyCategory/any name.csv')
    expect(lines[0]).toBe('timestamp,value,anomaly_score')
    expect(lines.slice(1).map((line) => line.replace(/,[^,]*$/, ''))).toEqual(
      csvOf(points).trimEnd().split('\n').slice(1),
    )
    const scores = scoresOf(lines)
    expect(scores.every((score) => score >= 0 && score <= 1)).toBe(true)
    expect(scores.indexOf(Math.max(...scores))).toBe(800)
    expect(scoresOf(linesOf('other/flat.csv'))).toEqual(Array.from({ length: 1_000 }, () => 0))
  })

  it('gives the same rows if it is cut, and the same scores in disguise', () => {
    const disguised = points.map(({ timeMs, value }) => ({ timeMs: timeMs + 35 * DAY_MS, value: 4 * value }))
    const { linesOf } = play('disguised', {
      'a/whole.csv': csvOf(points),
      'b/cut.csv': csvOf(points.slice(0, 700)),
      'c/other.csv': csvOf(disguised),
      'd/windows.csv': csvOf(points).replaceAll('\n', '\r\n'),
      'e/cutInARow.csv': csvOf(points.slice(0, 701)).split(',').slice(0, -1).join(','),
    })
    const whole = linesOf('a/whole.csv')
    expect(linesOf('b/cut.csv')).toEqual(whole.slice(0, 701))
    expect(linesOf('e/cutInARow.csv')).toEqual(whole.slice(0, 701))
    expect(scoresOf(linesOf('c/other.csv'))).toEqual(scoresOf(whole))
    expect(linesOf('d/windows.csv')).toEqual(whole)
  })
})
