/** docs/archive.md: its table of columns is that of the code, and its statements answer what they say. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { COLUMN_NAMES } from '../../src/archive/columns.ts'
import { ROOT } from '../../scripts/workers.ts'
import { type ArchivedRow, NOON_MS, idOf, parquetOf } from '../cli/archive/files.ts'
import { run } from '../cli/run.ts'

const paper = await readFile(`${ROOT}docs/archive.md`, 'utf8')

/** The first statement below a title. */
const statementOf = (title: string): string =>
  new RegExp(`^### ${title}\\n[^]*?\`\`\`sql\\n([^]*?)\`\`\``, 'm').exec(paper)?.[1] ??
  `no statement: ${title}`

let root: string
beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'postern-questions-'))
})
afterAll(() => rm(root, { recursive: true }))

let nr = 0
async function answer(statement: string, ...files: readonly (readonly ArchivedRow[])[]): Promise<unknown> {
  const folder = path.join(root, String(++nr))
  await mkdir(path.join(folder, 'dt=2026-11-25'), { recursive: true })
  for (const [i, rows] of files.entries())
    await writeFile(path.join(folder, 'dt=2026-11-25', `${i + 1}-${i + 1}.parquet`), parquetOf(rows))
  const { code, out, complaints } = await run(['sql', statement, '--dir', folder, '--json'])
  expect({ code, complaints }).toEqual({ code: 0, complaints: '' })
  return JSON.parse(out)
}

const times = (count: number, row: ArchivedRow): ArchivedRow[] => Array<ArchivedRow>(count).fill(row)

const SECOND_MS = 1_000
const DAY_MS = 86_400_000
const WEEK_MS = 7 * DAY_MS

describe('the columns', () => {
  it('are those of the files, with their types', async () => {
    const rows = [...paper.matchAll(/^\| `(\w+)` \| ([A-Z]+) \|/gm)].map(([, name, type]) => ({ name, type }))
    expect(rows.map(({ name }) => name)).toEqual(COLUMN_NAMES)
    const described = 'select column_name as name, column_type as type from (describe events)'
    expect(await answer(described, [{}])).toEqual([...rows, { name: 'dt', type: 'DATE' }])
  })

  it('are in the statement for Athena, too', () => {
    const [, columns = ''] = /CREATE EXTERNAL TABLE events \(([^]*?)\)\nPARTITIONED/.exec(paper) ?? []
    expect(columns.split(',').map((column) => column.trim().split(' ')[0])).toEqual(COLUMN_NAMES)
  })
})

describe('the six questions', () => {
  it('bounces by cause', async () => {
    const blocked: ArchivedRow = {
      type: 'email.bounced',
      cause: 'reputation',
      mailboxProvider: 'outlook.com',
    }
    const rows = await answer(
      statementOf('Bounces by cause'),
      [
        ...times(5, blocked),
        ...times(2, { ...blocked, mailboxProvider: 'gmail.com', campaign_id: 'spring' }),
      ],
      [
        ...times(2, { type: 'email.bounced', cause: 'authentication', cause_detail: 'dmarc' }),
        { type: 'email.bounced' },
        { type: 'email.deferred', cause: 'reputation' },
      ],
    )
    expect(rows).toMatchObject([
      {
        cause: 'reputation',
        cause_detail: null,
        bounced: 7,
        share_pct: 70,
        most_at: 'outlook.com',
        most_of: 'spring',
      },
      { cause: 'authentication', cause_detail: 'dmarc', bounced: 2, share_pct: 20 },
      { cause: null, cause_detail: null, bounced: 1, share_pct: 10 },
    ])
  })

  it('bounces and complaints by mailbox provider and campaign', async () => {
    const gmail = { mailboxProvider: 'gmail.com', campaign_id: 'spring' }
    const rows = await answer(
      statementOf('Bounces and complaints by mailbox provider and campaign'),
      [...times(190, gmail), ...times(10, { ...gmail, type: 'email.bounced' })],
      [
        { ...gmail, type: 'email.spam_reported' },
        { type: 'email.bounced', mailboxProvider: 'other' },
      ],
    )
    expect(rows).toEqual([
      {
        mailbox_provider: 'gmail.com',
        campaign_id: 'spring',
        delivered: 190,
        bounced: 10,
        complained: 1,
        bounce_pct: 5,
        complaint_pct: 0.526,
      },
      {
        mailbox_provider: 'other',
        campaign_id: null,
        delivered: 0,
        bounced: 1,
        complained: 0,
        bounce_pct: 100,
        complaint_pct: null,
      },
    ])
  })

  it('time to delivery', async () => {
    const sent = (message_id: string, person: number, mailboxProvider: string): ArchivedRow => ({
      type: 'email.sent',
      message_id,
      person,
      mailboxProvider,
    })
    const delivered = (seconds: number, ...of: Parameters<typeof sent>): ArchivedRow => ({
      ...sent(...of),
      type: 'email.delivered',
      atMs: NOON_MS + seconds * SECOND_MS,
    })
    const rows = await answer(
      statementOf('Time to delivery'),
      [
        sent('a', 1, 'gmail.com'),
        sent('a', 2, 'gmail.com'),
        sent('b', 1, 'gmail.com'),
        sent('c', 3, 'outlook.com'),
        sent('never', 4, 'outlook.com'),
      ],
      [
        delivered(2, 'a', 1, 'gmail.com'),
        delivered(4, 'a', 2, 'gmail.com'),
        delivered(900, 'a', 2, 'gmail.com'),
        delivered(10, 'b', 1, 'gmail.com'),
        delivered(0.5, 'c', 3, 'outlook.com'),
        delivered(7, 'not sent', 5, 'outlook.com'),
      ],
    )
    expect(rows).toEqual([
      { mailbox_provider: 'gmail.com', messages: 3, median_seconds: 4, p95_seconds: 9.4 },
      { mailbox_provider: 'outlook.com', messages: 1, median_seconds: 0.5, p95_seconds: 0.5 },
    ])
  })

  it('growth of the suppression list', async () => {
    const hard = { type: 'email.bounced', bounce_type: 'hard' } as const
    const rows = await answer(
      statementOf('Growth of the suppression list'),
      [
        { ...hard, person: 1 },
        { ...hard, person: 1, atMs: NOON_MS + DAY_MS },
        { type: 'email.spam_reported', person: 1, atMs: NOON_MS + 2 * DAY_MS },
        { type: 'email.bounced', bounce_type: 'soft', person: 9 },
        { ...hard },
      ],
      [
        { type: 'email.spam_reported', person: 2, atMs: NOON_MS + DAY_MS },
        { type: 'email.unsubscribed', person: 3, atMs: NOON_MS + DAY_MS },
        { type: 'email.unsubscribed', person: 4, atMs: NOON_MS + 2 * DAY_MS },
      ],
    )
    expect(rows).toEqual([
      { day: '2026-11-25', bounced: 1, complained: 0, unsubscribed: 0, people: 1 },
      { day: '2026-11-26', bounced: 0, complained: 1, unsubscribed: 1, people: 3 },
      { day: '2026-11-27', bounced: 0, complained: 0, unsubscribed: 1, people: 4 },
    ])
  })

  it('the life of one message', async () => {
    const message = { message_id: '<m-7@shop.example>', person: 1, mailboxProvider: 'gmail.com' }
    const statement = statementOf('The life of one message').replaceAll('MESSAGE_ID', 'ses-7')
    const rows = await answer(
      statement,
      [
        { ...message, type: 'email.opened', atMs: NOON_MS + DAY_MS, other_message_ids: ['x', 'ses-7'] },
        { type: 'email.opened', message_id: 'm-8', other_message_ids: ['ses-77'] },
      ],
      [
        { ...message, type: 'email.deferred', message_id: 'ses-7', enhanced_code: '4.2.2' },
        { ...message, type: 'email.delivered', message_id: 'ses-7', atMs: NOON_MS + 5 * SECOND_MS },
      ],
    )
    const common = {
      id: expect.any(String),
      bounce_type: null,
      enhanced_code: null,
      mailbox_provider: 'gmail.com',
      source: 'shop',
    }
    expect(rows).toEqual([
      { ...common, effective_at: '2026-11-25 12:00:00', type: 'email.deferred', enhanced_code: '4.2.2' },
      { ...common, effective_at: '2026-11-25 12:00:05', type: 'email.delivered' },
      { ...common, effective_at: '2026-11-26 12:00:00', type: 'email.opened' },
    ])
  })

  it('opens by cohort', async () => {
    const opened = (person: number, weeks: number): ArchivedRow => ({
      type: 'email.opened',
      person,
      atMs: NOON_MS + weeks * WEEK_MS,
    })
    const rows = await answer(
      statementOf('Opens by cohort'),
      [
        { person: 1 },
        { person: 1, atMs: NOON_MS + WEEK_MS },
        { person: 2 },
        { person: 3 },
        { person: 4, atMs: NOON_MS + WEEK_MS },
      ],
      [opened(1, 0), opened(1, 0), opened(2, 0), opened(2, 1), opened(4, 1), opened(5, 1)],
    )
    expect(rows).toEqual([
      { cohort: '2026-11-23', weeks_later: 0, people: 3, opened: 2, opened_pct: 66.7 },
      { cohort: '2026-11-23', weeks_later: 1, people: 3, opened: 1, opened_pct: 33.3 },
      { cohort: '2026-11-30', weeks_later: 0, people: 1, opened: 1, opened_pct: 100 },
    ])
  })
})

it('the line against counting twice', async () => {
  const [, line = ''] = /```sql\n(qualify .*)\n```/.exec(paper) ?? []
  const row = { event_id: idOf(NOON_MS, 1_000_000) }
  expect(await answer(`select id from (select * from events ${line})`, [row], [row, {}])).toHaveLength(2)
})
