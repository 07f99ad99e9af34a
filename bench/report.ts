/** Formats the results as tables for people and as JSON for machines. */
import { cpus, loadavg } from 'node:os'
import { type Reading, GOALS, goalLine, judge, obstaclesOf } from './goals.ts'
import type { Finding } from './group.ts'

export const findingText = ({ title, notes, columns, rows }: Finding): string =>
  [`## ${title}`, ...notes, tableOf(columns, rows)].join('\n\n')

/** @param judged false for a run whose numbers mean nothing */
export function goalsText(readings: readonly Reading[], judged: boolean): string {
  const table = tableOf(
    ['to reach', 'measured', 'must', 'aim', ''],
    readings.map((reading) => [...goalLine(reading), judged ? judge(reading) : 'not judged']),
  )
  const obstacles = judged ? obstaclesOf(readings) : []
  return [table, ...obstacles.map((obstacle) => `Obstacle to ${obstacle}`)].join('\n\n')
}

export const isShort = (readings: readonly Reading[]): boolean =>
  readings.some((reading) => judge(reading) === 'SHORT')

/** A Markdown table, padded so that its source is readable. */
export function tableOf(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [columns, columns.map(() => '---'), ...rows]
  const widths = columns.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)))
  return lines
    .map((line) =>
      line.map((cell, column) => cell.padEnd(widths[column] ?? 0, cell === '---' ? '-' : ' ')).join(' | '),
    )
    .map((line) => `| ${line} |`)
    .join('\n')
}

/** The machine on which the numbers were measured. */
export function machine(): string {
  const { model = 'unknown processor' } = cpus()[0] ?? {}
  const [load = 0] = loadavg()
  return `${cpus().length} × ${model.trim()}, ${process.platform} ${process.arch}, Node ${process.versions.node}, load ${load.toFixed(1)}`
}

export interface Run {
  readonly at: Date
  readonly startedOn: string
  readonly findings: Readonly<Record<string, Finding>>
}

export const jsonOf = ({ at, startedOn, findings }: Run): string =>
  `${JSON.stringify(
    {
      at: at.toISOString(),
      machine: startedOn,
      goals: Object.values(findings)
        .flatMap(({ readings }) => readings)
        .map((reading) => ({ ...reading, ...GOALS[reading.goal], verdict: judge(reading) })),
      groups: Object.fromEntries(Object.entries(findings).map(([name, { data }]) => [name, data])),
    },
    null,
    2,
  )}\n`
