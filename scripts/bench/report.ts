/** The table of a run, its verdict, and the same as JSON. */
import { cpus } from 'node:os'
import type { Measured, Spread } from './measure.ts'

/** Our time over that of bare WebCrypto with a cached key. */
export const MAX_OVER_BARE = 1.3

/** The rows that are too slow by more than the spread: not even their best round keeps the limit. */
export const tooSlow = (rows: readonly Measured[]): readonly Measured[] =>
  rows.filter(({ overBare }) => overBare.min > MAX_OVER_BARE)

/** A line for each row over the limit, and whether its spread leaves room for doubt. */
export const complaintsOf = (rows: readonly Measured[]): readonly string[] =>
  rows
    .filter(({ overBare }) => overBare.median > MAX_OVER_BARE)
    .map((row) =>
      tooSlow([row]).length > 0 ? `TOO SLOW: ${row.name}` : `over the target, within the spread: ${row.name}`,
    )

export function tableOf(rows: readonly Measured[]): string {
  const lines = [
    ['scheme', 'verifications/s', `time / bare WebCrypto (target ${MAX_OVER_BARE})`, 'official time / ours'],
    ['---', '---', '---', '---'],
    ...rows.map(({ name, perSecond, overBare, fasterThan }) => [
      name,
      Math.round(perSecond).toLocaleString('en-US'),
      textOf(overBare),
      Object.entries(fasterThan)
        .map(([who, spread]) => `${who} ${textOf(spread)}`)
        .join(', '),
    ]),
  ]
  const widths = [0, 1, 2, 3].map((column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)))
  const padded = lines.map((line) =>
    line.map((cell, column) => cell.padEnd(widths[column] ?? 0, cell === '---' ? '-' : ' ')),
  )
  return padded.map((line) => `| ${line.join(' | ')} |`).join('\n')
}

export const jsonOf = (rows: readonly Measured[], rounds: number, at: Date): string =>
  `${JSON.stringify({ at: at.toISOString(), machine: machine(), rounds, maxOverBare: MAX_OVER_BARE, rows }, null, 2)}\n`

/** What the numbers were measured on. */
export function machine(): string {
  const { model = 'unknown processor' } = cpus()[0] ?? {}
  return `${cpus().length} × ${model.trim()}, ${process.platform} ${process.arch}, Node ${process.versions.node}`
}

const textOf = ({ median, min, max }: Spread): string =>
  `${median.toFixed(2)} [${min.toFixed(2)}–${max.toFixed(2)}]`
