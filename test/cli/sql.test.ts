/** `postern sql` over files of the archive: what it prints, what a statement may not do, and what it does about damage. */
import { copyFile, mkdir, mkdtemp, readFile, readdir, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { noteInJournal } from '../../src/cli/archive/journal.ts'
import { loadDuckDB } from '../../src/cli/sql/duckdb.ts'
import { type Ran, run } from './run.ts'
import { NOON_MS, parquetOf, sha256Of } from './archive/files.ts'

const DAYS = ['2026-11-24', '2026-11-25', '2026-11-26'] as const
const DAY_MS = 86_400_000

let root: string
let folder: string
beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), "postern sql's "))
})
afterAll(() => rm(root, { recursive: true }))

const put = async (day: string, name: string, bytes: Uint8Array): Promise<string> => {
  const file = path.join(folder, `dt=${day}`, `${name}.parquet`)
  await mkdir(path.dirname(file), { recursive: true })
  await writeFile(file, bytes)
  return file
}

let nr = 0
beforeEach(async () => {
  folder = path.join(root, `events ${++nr}`)
  for (const [i, day] of DAYS.entries())
    await put(
      day,
      `${i * 10 + 1}-${i * 10 + 10}`,
      parquetOf([
        { atMs: NOON_MS + (i - 1) * DAY_MS, type: 'email.delivered', source: 'shop', person: 1 },
        { atMs: NOON_MS + (i - 1) * DAY_MS, type: 'email.bounced', source: 'news', smtp_code: '550' },
      ]),
    )
})

const sql = (statement: string, ...options: string[]): Promise<Ran> =>
  run(['sql', statement, '--dir', folder, ...options])

const json = async (statement: string, ...options: string[]): Promise<unknown> => {
  const { code, out, complaints } = await sql(statement, '--json', ...options)
  expect({ code, complaints }).toEqual({ code: 0, complaints: '' })
  return JSON.parse(out)
}

describe('the result', () => {
  const STATEMENT =
    'select dt, source, count(*) as events, min(occurred_at) as first from events group by all order by all limit 1'

  it.each([
    [
      'table',
      'dt          source  events  first              \n2026-11-24  news    1       2026-11-24 12:00:00\n',
    ],
    ['csv', 'dt,source,events,first\r\n2026-11-24,news,1,2026-11-24 12:00:00\r\n'],
    ['json', '[\n  {"dt":"2026-11-24","source":"news","events":1,"first":"2026-11-24 12:00:00"}\n]\n'],
  ])('as %s', async (format, text) => {
    const { code, out, complaints } = await sql(STATEMENT, '--format', format)
    expect({ code, complaints }).toEqual({ code: 0, complaints: '' })
    expect(out.replaceAll(/ +$/gm, '')).toBe(text.replaceAll(/ +$/gm, ''))
  })

  it('has columns that the selected files do not have, since they are older', async () => {
    const file = await put('2026-11-24', '1-10', parquetOf([{ atMs: NOON_MS - DAY_MS, scope: 'list:news' }]))
    const scopes = () => json('select scope, automated, automated_by from events', '--until', '2026-11-25')
    expect(await scopes()).toEqual([{ scope: 'list:news', automated: null, automated_by: null }])
    const connection = await (await DuckDBInstance.create()).connect()
    const name = file.replaceAll("'", "''")
    await connection.run(`create table older as
      select * exclude (scope, automated, automated_by) from read_parquet('${name}', hive_partitioning = false)`)
    await connection.run(`copy older to '${name}'`)
    expect(await scopes()).toEqual([{ scope: null, automated: null, automated_by: null }])
  })

  it('as Parquet, which DuckDB reads again', async () => {
    const out = path.join(root, "o'ut.parquet")
    expect(await sql(`${STATEMENT} -- a comment`, '--format', 'parquet', '--out', out)).toMatchObject({
      code: 0,
    })
    const connection = await (await DuckDBInstance.create()).connect()
    const reader = await connection.runAndReadAll(
      `select * from read_parquet('${out.replaceAll("'", "''")}')`,
    )
    expect(reader.getRowsJson()).toEqual([['2026-11-24', 'news', '1', '2026-11-24 12:00:00']])
    expect(await readdir(root)).not.toContain("o'ut.parquet.part")
  })

  it.each(['csv', 'json', 'table'])('as %s in a file', async (format) => {
    const out = path.join(root, `out.${format}`)
    const printed = await sql(STATEMENT, '--format', format)
    expect(await sql(STATEMENT, '--format', format, '--out', out)).toMatchObject({ code: 0, out: '' })
    expect(await readFile(out, 'utf8')).toBe(printed.out)
  })

  it('leaves a file as it was if the statement fails', async () => {
    const out = path.join(root, 'kept.csv')
    await writeFile(out, 'mine')
    const wrong = `select error('no') from events`
    expect(await sql(wrong, '--format', 'csv', '--out', out)).toMatchObject({ code: 2 })
    expect(await readFile(out, 'utf8')).toBe('mine')
    expect(await sql('select 1', '--format', 'csv', '--out', '/nowhere/at/all.csv')).toMatchObject({
      code: 2,
      complaints: expect.stringContaining('cannot be written'),
    })
  })

  it.each([
    ['9007199254740993::bigint', '9007199254740993', '"9007199254740993"'],
    ['9007199254740991::bigint', '9007199254740991', '9007199254740991'],
    ['sum(9007199254740993::hugeint)', '54043195528445958', '"54043195528445958"'],
    ['-5', '-5', '-5'],
    ['-1.50::decimal(10,2)', '-1.50', '-1.5'],
    ['12345678901234567.89::decimal(30,2)', '12345678901234567.89', '"12345678901234567.89"'],
    ['0.1::double', '0.1', '0.1'],
    [`'nan'::double`, 'NaN', '"NaN"'],
    ['null', '', 'null'],
    ['true', 'true', 'true'],
    [`'-1+1|cmd'`, `"'-1+1|cmd"`, '"-1+1|cmd"'],
    [`'=1+1'`, `"'=1+1"`, '"=1+1"'],
    [`'a,"b'`, '"a,""b"', String.raw`"a,\"b"`],
    [`timestamptz '2026-11-25 12:00:00+02'`, '2026-11-25 10:00:00+00', '"2026-11-25 10:00:00+00"'],
    [`date '2026-11-25'`, '2026-11-25', '"2026-11-25"'],
    ['[1, null, 3]', '"[1, NULL, 3]"', '[1,null,3]'],
    [`{'a': 1, 'b': 'x'}`, `"{'a': 1, 'b': 'x'}"`, '{"a":1,"b":"x"}'],
    [`map {'a': 1::bigint}`, `{'a': 1}`, '{"a":1}'],
    [`'\\xff'::blob`, String.raw`\xFF`, String.raw`"\\xFF"`],
  ])('prints %s right', async (expression, csv, value) => {
    const statement = `select ${expression} as x from events`
    const one = expression.startsWith('sum') ? statement : `${statement} limit 1`
    expect((await sql(one, '--format', 'csv')).out).toBe(`x\r\n${csv}\r\n`)
    expect((await sql(one, '--format', 'json')).out).toBe(`[\n  {"x":${value}}\n]\n`)
  })

  it('is empty JSON, CSV with its head, or none', async () => {
    expect((await sql('select dt from events limit 0', '--format', 'json')).out).toBe('[]\n')
    expect((await sql('select dt from events limit 0', '--format', 'csv')).out).toBe('dt\r\n')
    expect((await sql('select dt from events limit 0')).out).toBe('none\n')
  })

  it('of columns with one name has each of them', async () => {
    expect(await json('select 1 as a, 2 as a')).toEqual([{ a: 1, 'a:1': 2 }])
  })

  it('of many rows is cut in a table alone', async () => {
    const many = 'select * from range(1500)'
    const ran = await sql(many)
    expect(ran.out.trim().split('\n')).toHaveLength(1_001)
    expect(ran.complaints).toContain('Only the first 1000 rows')
    expect((await sql(many, '--format', 'csv')).out.trim().split('\n')).toHaveLength(1_501)
  })
})

describe('the view', () => {
  it.each([
    [[], 6],
    [['--since', '2026-11-25'], 4],
    [['--until', '2026-11-25'], 2],
    [['--since', '2026-11-25', '--until', '2026-11-26'], 2],
  ])('with %j has the events of these days', async (options, count) => {
    expect(await json('select count(*) as n from events', ...options)).toEqual([{ n: count }])
  })

  it('has dt as a date, and no column that the files do not have', async () => {
    expect(
      await json(
        `select column_name as n, column_type as t from (describe events) where column_name in ('dt', 'recipient')`,
      ),
    ).toEqual([{ n: 'dt', t: 'DATE' }])
  })

  it('reads files that have another column with those that do not', async () => {
    const connection = await (await DuckDBInstance.create()).connect()
    const day = path.join(folder, 'dt=2026-11-27')
    await mkdir(day)
    await connection.run(
      `copy (select 'x' as id, 'later' as extra) to '${day.replaceAll("'", "''")}/90-91.parquet' (format parquet)`,
    )
    expect(await json('select extra, count(*) as n from events group by all order by all')).toEqual([
      { extra: 'later', n: 1 },
      { extra: null, n: 6 },
    ])
  })

  it('leaves out files that were merged into another, and what is no file of the archive', async () => {
    await put('2026-11-25', '5-25', await readFile(path.join(folder, 'dt=2026-11-25/11-20.parquet')))
    await put('2026-11-25', '5-25.parquet', new Uint8Array(0))
    await put('2026-11-25', '26-30', new Uint8Array(0)).then((file) => rm(file))
    await writeFile(path.join(folder, 'dt=2026-11-25/40-41.parquet.part'), 'part')
    await writeFile(path.join(folder, 'dt=2026-11-25/notes.txt'), 'notes')
    expect(await json('select count(*) as n, count(distinct id) as d from events')).toEqual([{ n: 6, d: 6 }])
  })

  it('needs a file', async () => {
    const nothing = await sql('select 1', '--since', '2027-01-01')
    expect(nothing).toMatchObject({ code: 1, complaints: expect.stringContaining('postern archive pull') })
    expect(await run(['sql', 'select 1', '--dir', path.join(root, 'none')])).toMatchObject({ code: 1 })
  })
})

describe('a statement', () => {
  it.each([
    [
      'select nothing from events',
      /^Binder Error: Referenced column "nothing" not found[^]*\n {2}LINE 1: select nothing from events\n/,
    ],
    ['select recipient from events', /--with-personal --reason/],
    ['selec', /^Parser Error: syntax error at or near "selec"\n {2}LINE 1: selec\n/],
    [
      'select * from evnts',
      /^Catalog Error: Table with name evnts does not exist!\n {2}Did you mean "events"\?\n {2}LINE 1: /,
    ],
    [`select source::integer from events`, /^Conversion Error: Could not convert string '\w+' to INT32/],
    ['select 1 /* open', /^Parser Error: unterminated/],
  ])('that is wrong gets DuckDB’s own message: %s', async (statement, message) => {
    const { code, out, complaints } = await sql(statement)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(complaints).toMatch(message)
  })

  it.each([
    'from events limit 1',
    'with a as (select 1 as b) select * from a;',
    'describe events',
    'summarize events',
    'show tables',
    'explain select * from events',
    'explain analyze select count(*) from events',
    ' -- a comment\n select 1; ',
    'values (1)',
    `select * from query('select 1')`,
    "pivot events on type in ('email.bounced') using count(*) group by source",
  ])('that reads runs: %s', async (statement) => {
    expect(await sql(statement, '--format', 'csv')).toMatchObject({ code: 0 })
  })

  const before = async () => {
    const names = await readdir(root, { recursive: true })
    const texts = names.filter((name) => name.endsWith('.parquet'))
    return JSON.stringify([
      names,
      await Promise.all(texts.map((name) => readFile(path.join(root, name), 'hex').catch(() => ''))),
    ])
  }

  it.each([
    ['copies out', `copy (select 1) to 'FOLDER/x.csv'`],
    ['copies over a file', `copy (select 1 as id) to 'FILE' (format parquet, use_tmp_file false)`],
    [
      'copies behind an explanation',
      `explain analyze copy (select 1 as id) to 'FILE' (format parquet, use_tmp_file false)`,
    ],
    [
      'copies behind one with options',
      `explain (analyze) copy (select 1 as id) to 'FILE' (format parquet, use_tmp_file false)`,
    ],
    [
      'copies behind a comment',
      `explain /* select */ analyze copy (select 1 as id) to 'FILE' (format parquet, use_tmp_file false)`,
    ],
    [
      'copies after another',
      `select 1; copy (select 1 as id) to 'FILE' (format parquet, use_tmp_file false)`,
    ],
    ['exports', `export database 'FOLDER/dump'`],
    ['attaches', `attach 'FOLDER/x.db'`],
    ['installs', 'install httpfs'],
    ['loads', 'load httpfs'],
    ['changes a setting', 'set enable_external_access = true'],
    ['resets a setting', 'reset enable_external_access'],
    ['makes a table', 'create table x as select 1'],
    ['drops the view', 'drop view events'],
    ['calls', 'call enable_logging()'],
    ['is a pragma that changes', 'pragma enable_profiling'],
    ['has a parameter', 'select ?'],
    ['is two', 'select 1; select 2'],
    ['is none', ''],
    ['is a comment', '-- nothing'],
    ['reads another file', `select * from read_text('/etc/passwd')`],
    ['lists files', `select * from glob('/etc/*')`],
    ['reads the network', `select * from read_csv('https://example.com/x.csv')`],
    ['reads by a name', `select * from '/etc/passwd'`],
    ['reads in a nested query', `select * from query('select * from read_text(''/etc/passwd'')')`],
    ['writes by a nested query', `select * from query('copy (select 1) to ''FOLDER/x.csv''')`],
  ])('that %s does not run', async (_what, statement) => {
    const was = await before()
    const quotedFolder = folder.replaceAll("'", "''")
    const text = statement
      .replaceAll('FOLDER', quotedFolder)
      .replaceAll('FILE', `${quotedFolder}/dt=2026-11-25/11-20.parquet`)
    const { code, out } = await sql(text)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(await before()).toBe(was)
  })

  it('writes only the file that was asked for', async () => {
    const out = path.join(root, 'only.csv')
    const statement = `select * from read_text('${out.replaceAll("'", "''")}')`
    expect(await sql(statement, '--format', 'csv', '--out', out)).toMatchObject({ code: 2 })
  })
})

describe('a damaged file', () => {
  const overwrite = (from: number, to: number) => async (file: string) => {
    const bytes = await readFile(file)
    bytes.subarray(from, to).fill(0xaa)
    await writeFile(file, bytes)
  }
  const DAMAGE: readonly (readonly [string, (file: string) => Promise<void>])[] = [
    ['cut', (file) => truncate(file, 500)],
    ['empty', (file) => truncate(file, 0)],
    ['of something else', (file) => writeFile(file, 'not Parquet at all')],
    ['with a wrong end', overwrite(-200, -8)],
    ['with a wrong beginning', overwrite(4, 400)],
  ]

  it.each(DAMAGE)('%s is named and left out, and the rest is read', async (_what, damage) => {
    await damage(path.join(folder, 'dt=2026-11-25/11-20.parquet'))
    // All columns, so that every page is read.
    const { code, out, complaints } = await sql('select * from events', '--format', 'csv')
    expect(code).toBe(1)
    expect(out.trim().split('\n')).toHaveLength(5)
    expect(complaints).toContain('Damaged, and left out: dt=2026-11-25/11-20.parquet')
  })

  it.each(DAMAGE)('%s is found also if it was pulled', async (_what, damage) => {
    const name = 'dt=2026-11-25/11-20.parquet'
    const bytes = await readFile(path.join(folder, name))
    await noteInJournal(folder, { path: name, sha256: sha256Of(bytes), bytes: bytes.byteLength, mtime_ms: 7 })
    expect(await sql('select count(*) from events')).toMatchObject({ code: 0 })
    await damage(path.join(folder, name))
    const { code, complaints } = await sql('select count(*) as n from events', '--format', 'csv')
    expect({ code, complaints }).toMatchObject({ code: 1, complaints: expect.stringContaining(name) })
  })

  it('with one other bit is found if it was pulled', async () => {
    const name = 'dt=2026-11-25/11-20.parquet'
    const bytes = await readFile(path.join(folder, name))
    await noteInJournal(folder, { path: name, sha256: sha256Of(bytes), bytes: bytes.byteLength, mtime_ms: 7 })
    bytes[50] = (bytes[50] ?? 0) ^ 1
    await writeFile(path.join(folder, name), bytes)
    expect(await sql('select count(*) from events')).toMatchObject({ code: 1 })
  })

  it('that seems unchanged is found when it cannot be read', async () => {
    const name = 'dt=2026-11-25/11-20.parquet'
    const file = path.join(folder, name)
    const bytes = await readFile(file)
    await overwrite(4, 400)(file)
    const mtime_ms = Math.trunc((await stat(file)).mtimeMs)
    await noteInJournal(folder, { path: name, sha256: sha256Of(bytes), bytes: bytes.byteLength, mtime_ms })
    const { code, complaints } = await sql('select * from events', '--format', 'csv')
    expect({ code, complaints }).toMatchObject({ code: 1, complaints: expect.stringContaining(name) })
  })

  it('that was merged does not hide the small ones', async () => {
    await copyFile(
      path.join(folder, 'dt=2026-11-25/11-20.parquet'),
      path.join(folder, 'dt=2026-11-25/11-30.parquet'),
    )
    await truncate(path.join(folder, 'dt=2026-11-25/11-30.parquet'), 100)
    const { code, out } = await sql('select count(*) as n from events', '--format', 'csv')
    expect({ code, out }).toEqual({ code: 1, out: 'n\r\n6\r\n' })
  })

  it('that was merged is replaced by the small ones also if only a query finds it', async () => {
    const merged = path.join(folder, 'dt=2026-11-25/11-30.parquet')
    await copyFile(path.join(folder, 'dt=2026-11-25/11-20.parquet'), merged)
    await overwrite(4, 400)(merged)
    const { code, out } = await sql('select * from events', '--format', 'csv')
    expect(code).toBe(1)
    expect(out.trim().split('\n')).toHaveLength(7)
  })

  it('that is the only one is a reason', async () => {
    await rm(folder, { recursive: true })
    await put('2026-11-25', '1-2', new Uint8Array(3))
    expect(await sql('select 1')).toMatchObject({
      code: 1,
      complaints: expect.stringContaining('Damaged: dt=2026-11-25/1-2'),
    })
  })
})

describe('the command', () => {
  it('says how to install DuckDB where it is missing', async () => {
    await expect(loadDuckDB(() => Promise.reject(new Error('Cannot find package')))).rejects.toMatchObject({
      exit: 'no',
      more: [expect.stringContaining('npm install'), 'Cannot find package'],
    })
  })

  it.each([
    ['Parquet without a file', ['--format', 'parquet'], /--out/],
    ['an unknown format', ['--format', 'xml'], /table, csv, json, parquet/],
    ['personal data without a reason', ['--with-personal'], /--reason/],
    ['a day that is none', ['--since', 'yesterday'], /A time is needed/],
    ['a folder that is a pattern', ['--dir', './events*'], /pattern/],
  ])('refuses %s', async (_what, options, message) => {
    const { code, complaints } = await run(['sql', 'select 1', ...options])
    expect(code).toBe(2)
    expect(complaints).toMatch(message)
  })
})
