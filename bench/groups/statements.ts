/** The statements of docs/archive.md in DuckDB, over many events: as `postern sql` runs them. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DuckDB, loadDuckDB } from '../../src/cli/sql/duckdb.ts'
import { findEventFiles } from '../../src/cli/sql/event-files.ts'
import { openSession } from '../../src/cli/sql/session.ts'
import { ROOT } from '../../scripts/workers.ts'
import { EVENTS_A_FILE, SOME_MESSAGE, writeEventFiles } from '../event-files.ts'
import type { Effort, Finding, Group } from '../group.ts'
import { spreadOf, textOf } from '../spread.ts'

const EFFORT = {
  full: { rounds: 3, events: 10_000_000 },
  quick: { rounds: 1, events: 20_000 },
} as const

export const statements: Group = { name: 'statements', run }

async function run(effort: Effort): Promise<Finding> {
  const { rounds, events: wanted } = EFFORT[effort]
  const folder = await mkdtemp(join(tmpdir(), 'postern-bench-'))
  const duckdb = await loadDuckDB()
  try {
    const writer = await duckdb.DuckDBInstance.create(':memory:')
    const events = await writeEventFiles(await writer.connect(), folder, wanted)
    writer.closeSync()
    const asked = await documented()
    const seconds = new Map<string, number[]>(asked.map(({ title }) => [title, []]))
    const rows = new Map<string, number>()
    const files = await findEventFiles(folder, {})
    for (let round = 0; round < rounds; round++)
      for (const { title, sql } of asked) {
        const session = await openSession(duckdb, files, false)
        try {
          const startMs = performance.now()
          const found = await session.connection.runAndReadAll(sql)
          seconds.get(title)?.push((performance.now() - startMs) / 1_000)
          rows.set(title, found.currentRowCount)
        } finally {
          await session.close()
        }
      }
    const spreads = [...seconds].map(([title, all]) => ({ title, spread: spreadOf(all) }))
    return {
      title: 'Statements over the archive',
      notes: [
        `The statements of docs/archive.md, as \`postern sql\` runs them: DuckDB with ${await threadsOf(duckdb)} threads, a new session each time, over ${events.toLocaleString('en-US')} events in files of ${EVENTS_A_FILE.toLocaleString('en-US')}. DuckDB made the files, without the sealed part, which no statement reads. The system has them in its cache.`,
      ],
      columns: ['statement', 'seconds', 'rows'],
      rows: spreads.map(({ title, spread }) => [title, textOf(spread), String(rows.get(title))]),
      readings: spreads.map(({ title, spread }) => ({ goal: 'statementSeconds', of: title, spread })),
      data: { events, seconds: Object.fromEntries(seconds) },
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

interface Statement {
  readonly title: string
  readonly sql: string
}

/** The statements of the paper, each below its question. */
async function documented(): Promise<readonly Statement[]> {
  const paper = await readFile(join(ROOT, 'docs/archive.md'), 'utf8')
  const [, section = ''] = /^## \w+ questions$([^]*?)^## /m.exec(paper) ?? []
  const found = [...section.matchAll(/^### (.+)$[^]*?^```sql$([^]*?)^```$/gm)]
  if (found.length === 0) throw new Error('docs/archive.md has no statements')
  return found.map(([, title = '', sql = '']) => ({
    title,
    sql: sql.trim().replaceAll('MESSAGE_ID', SOME_MESSAGE),
  }))
}

async function threadsOf({ DuckDBInstance }: DuckDB): Promise<number> {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  const reader = await connection.runAndReadAll(`SELECT current_setting('threads')::INTEGER`)
  instance.closeSync()
  return Number(reader.getRowsJson()[0]?.[0])
}
