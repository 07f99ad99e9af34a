/** Report of a drill as Markdown, for the bucket and for the command. */
import type { DrillReport } from '../../api/drills.ts'

const TITLES = { restore: 'Restore drill', failover: 'Failover drill' } as const

export function reportText({
  kind,
  version,
  began_at,
  ended_at,
  passed,
  summary,
  figures,
  checks,
}: DrillReport): string {
  return [
    `# ${TITLES[kind]}, ${began_at.slice(0, 10)}: ${passed ? 'passed' : 'failed'}`,
    '',
    inLine(summary),
    '',
    `Postern ${inLine(version)}. From ${began_at} until ${ended_at}.`,
    ...(figures.length === 0
      ? []
      : [
          '',
          '| measured | | |',
          '|---|---|---|',
          ...figures.map(({ name, value, unit, meaning = '' }) => row([name, `${value} ${unit}`, meaning])),
        ]),
    ...(checks.length === 0
      ? []
      : [
          '',
          '| check | | found |',
          '|---|---|---|',
          ...checks.map((check) => row([check.name, check.passed ? 'passed' : '**failed**', check.found], 1)),
        ]),
    '',
  ].join('\n')
}

/** @param own a cell whose Markdown is ours */
const row = (cells: readonly string[], own = -1): string =>
  `| ${cells.map((cell, i) => (i === own ? cell : inLine(cell))).join(' | ')} |`

/** Names of sources and faults are text: nothing in it is Markdown or begins a line. */
const inLine = (text: string): string =>
  text.replaceAll(/\s+/gu, ' ').replaceAll(/[\\`*_[\]<>&|~$]/g, String.raw`\$&`)
