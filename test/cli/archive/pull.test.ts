/** `postern archive pull` against a console that breaks off, sends something else, or gives hostile names. */
import { type ServerResponse, createServer } from 'node:http'
import { appendFile, mkdir, mkdtemp, readFile, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import * as fc from 'fast-check'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { localFile, localFileAt } from '../../../src/cli/archive/local-file.ts'
import { type Ran, run } from '../run.ts'
import { sha256Of } from './files.ts'

interface Served {
  readonly day: string
  readonly file: string
  readonly bytes: Buffer
}

/** Answers instead of the file. */
type Mishap = (response: ServerResponse, bytes: Buffer) => void

let files: Served[] = []
/** Of a file by its name, one after the other. */
const mishaps = new Map<string, Mishap[]>()
const asked: { path: string; range: string | undefined }[] = []
let onList: () => void = () => undefined
const environment: Record<string, string> = { POSTERN_TOKEN: 'seeded-token-of-the-fake-archive' }

const problem = (response: ServerResponse, status: number, code: string): void => {
  response.writeHead(status, { 'content-type': 'application/problem+json' })
  response.end(JSON.stringify({ code, detail: 'It is not there.' }))
}

const server = createServer((message, response) => {
  const { pathname } = new URL(message.url ?? '', 'http://console.example')
  if (pathname === '/api/archive/files') {
    const list = files.map(({ day, file, bytes }) => ({
      day,
      file,
      events: 1,
      bytes: bytes.byteLength,
      sha256: sha256Of(bytes),
    }))
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ files: list, next_cursor: null }))
    return onList()
  }
  const { range } = message.headers
  asked.push({ path: decodeURIComponent(pathname), range })
  const found = files.find(
    ({ day, file }) => `/api/archive/files/${day}/${file}` === decodeURIComponent(pathname),
  )
  if (found === undefined) return problem(response, 404, 'archive_file_unknown')
  const mishap = mishaps.get(found.file)?.shift()
  if (mishap !== undefined) return mishap(response, found.bytes)
  const offset = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0)
  const end = found.bytes.byteLength
  const headers = offset === 0 ? {} : { 'content-range': `bytes ${offset}-${end - 1}/${end}` }
  response.writeHead(offset === 0 ? 200 : 206, headers)
  response.end(found.bytes.subarray(offset))
})

let folder: string
let outside: string
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  environment['POSTERN_URL'] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => new Promise((resolve) => server.close(resolve)))
beforeEach(async () => {
  outside = await mkdtemp(path.join(tmpdir(), 'postern-pull-'))
  folder = path.join(outside, 'events')
  files = []
  mishaps.clear()
  asked.length = 0
  onList = () => undefined
})
afterEach(() => rm(outside, { recursive: true }))

const DAY = '2026-11-25'
const file = (name: string, text = name.repeat(1_000), day = DAY): Served => ({
  day,
  file: `${name}.parquet`,
  bytes: Buffer.from(text),
})

const mishap = (name: string, times: number, what: Mishap) =>
  mishaps.set(`${name}.parquet`, Array<Mishap>(times).fill(what))

const pull = (...args: string[]): Promise<Ran> => run(['archive', 'pull', folder, ...args], '', environment)
const pulled = async () => JSON.parse((await pull('--json')).out) as Record<string, unknown>

/** Names below the folder, without those of its own notes. */
async function names(of = folder): Promise<string[]> {
  const entries = await readdir(of, { recursive: true, withFileTypes: true })
  return entries
    .filter((one) => one.isFile() && !one.name.startsWith('.'))
    .map((one) => path.relative(of, path.join(one.parentPath, one.name)))
    .toSorted()
}

const at = (name: string) => path.join(folder, `dt=${DAY}`, `${name}.parquet`)

describe('a pull', () => {
  it('downloads all files, and then only what is new', async () => {
    files = [file('1-9'), file('10-12'), file('13-20', 'x', '2026-11-26')]
    const first = await pull()
    expect(first).toMatchObject({ code: 0, out: 'Pulled 3 files (8.0 kB). 0 were here already.\n' })
    expect(await names()).toEqual([
      `dt=${DAY}/1-9.parquet`,
      `dt=${DAY}/10-12.parquet`,
      'dt=2026-11-26/13-20.parquet',
    ])
    expect(await readFile(at('1-9'), 'utf8')).toBe('1-9'.repeat(1_000))
    asked.length = 0
    files.push(file('21-22'))
    expect(await pull()).toMatchObject({ code: 0, out: 'Pulled 1 files (5.0 kB). 3 were here already.\n' })
    expect(asked).toEqual([{ path: `/api/archive/files/${DAY}/21-22.parquet`, range: undefined }])
  })

  it('goes on where a connection broke off, in the same run', async () => {
    files = [file('1-9')]
    mishap('1-9', 1, (response, bytes) => {
      response.writeHead(200, { 'content-length': bytes.byteLength })
      response.write(bytes.subarray(0, 1_000), () => setTimeout(() => response.destroy(), 50))
    })
    expect(await pull()).toMatchObject({ code: 0 })
    expect(asked.map(({ range }) => range)).toEqual([undefined, expect.stringMatching(/^bytes=\d+-$/)])
    expect(await readFile(at('1-9'), 'utf8')).toBe('1-9'.repeat(1_000))
  })

  it('goes on in a later run with what an earlier one left', async () => {
    files = [file('1-9')]
    await mkdir(path.dirname(at('1-9')), { recursive: true })
    await writeFile(`${at('1-9')}.part`, '1-9'.repeat(500))
    expect(await pull()).toMatchObject({ code: 0 })
    expect(asked.map(({ range }) => range)).toEqual(['bytes=1500-'])
    expect(await readFile(at('1-9'), 'utf8')).toBe('1-9'.repeat(1_000))
    expect(await names()).toEqual([`dt=${DAY}/1-9.parquet`])
  })

  it('downloads it whole if what an earlier run left is wrong', async () => {
    files = [file('1-9')]
    await mkdir(path.dirname(at('1-9')), { recursive: true })
    await writeFile(`${at('1-9')}.part`, 'wrong')
    expect(await pull()).toMatchObject({ code: 0 })
    expect(asked.map(({ range }) => range)).toEqual(['bytes=5-', undefined])
    expect(await readFile(at('1-9'), 'utf8')).toBe('1-9'.repeat(1_000))
  })

  it('gives up if nothing comes any more, and keeps what came', async () => {
    files = [file('1-9')]
    const hangUp: Mishap = (response, bytes) => {
      response.writeHead(206, { 'content-range': 'bytes 1500-2999/3000', 'content-length': bytes.byteLength })
      response.flushHeaders()
      setTimeout(() => response.destroy(), 20)
    }
    await mkdir(path.dirname(at('1-9')), { recursive: true })
    await writeFile(`${at('1-9')}.part`, '1-9'.repeat(500))
    mishap('1-9', 4, hangUp)
    expect(await pull()).toMatchObject({ code: 3, complaints: expect.stringContaining('broke off') })
    mishaps.clear()
    expect(await pull()).toMatchObject({ code: 0 })
    expect(asked.at(-1)?.range).toBe('bytes=1500-')
  })

  const DAMAGE: readonly (readonly [string, Mishap])[] = [
    ['other bytes', (response, bytes) => void response.end(Buffer.alloc(bytes.byteLength, 7))],
    ['too many bytes', (response, bytes) => void response.end(Buffer.concat([bytes, bytes, bytes]))],
    ['nothing', (response) => void response.end()],
    [
      'bytes of another place',
      (response, bytes) => {
        response.writeHead(206, { 'content-range': 'bytes 7-10/3000' })
        response.end(Buffer.alloc(bytes.byteLength, 7))
      },
    ],
  ]

  it.each(DAMAGE)('names a file of which %s came, and goes on', async (_what, damage) => {
    files = [file('1-9'), file('10-12')]
    mishap('1-9', 4, damage)
    expect(await pulled()).toMatchObject({ damaged: [`dt=${DAY}/1-9.parquet`], pulled: 1 })
    expect(await names()).toEqual([`dt=${DAY}/10-12.parquet`])
    mishaps.clear()
    expect(await pull()).toMatchObject({ code: 0 })
    expect(await readFile(at('1-9'), 'utf8')).toBe('1-9'.repeat(1_000))
  })

  it('names what the bucket has lost, and goes on', async () => {
    files = [file('1-9'), file('10-12')]
    mishap('1-9', 1, (response) => problem(response, 404, 'archive_file_lost'))
    const ran = await pull()
    expect(ran.code).toBe(1)
    expect(ran.out).toMatch(/^Pulled 1 files .*\nMissing from the bucket:\n {2}dt=2026-11-25\/1/)
    expect(await names()).toHaveLength(1)
  })

  it('stops where the token may not read', async () => {
    files = [file('1-9')]
    mishap('1-9', 1, (response) => problem(response, 403, 'role_too_low'))
    expect(await pull()).toMatchObject({ code: 3 })
  })

  it('downloads again what was damaged here since', async () => {
    files = [file('1-9'), file('10-12')]
    await pull()
    await writeFile(at('1-9'), 'x'.repeat(3_000))
    await writeFile(at('10-12'), 'short')
    expect(await pulled()).toMatchObject({ pulled: 2, present: 0, damaged: [], foreign: [] })
    expect(await readFile(at('1-9'), 'utf8')).toBe('1-9'.repeat(1_000))
  })

  it('reads a file again whose time has changed, and leaves it', async () => {
    files = [file('1-9')]
    await pull()
    await utimes(at('1-9'), 1, 1)
    expect(await pulled()).toMatchObject({ pulled: 0, present: 1 })
  })
})

describe('merged files', () => {
  it('take the place of those that they were made of', async () => {
    files = [file('1-9'), file('10-12'), file('13-20')]
    await pull()
    files = [file('1-12'), file('13-20')]
    expect(await pulled()).toMatchObject({ pulled: 1, present: 1, removed: 2 })
    expect(await names()).toEqual([`dt=${DAY}/1-12.parquet`, `dt=${DAY}/13-20.parquet`])
    expect(await pulled()).toMatchObject({ pulled: 0, present: 2, removed: 0 })
  })

  it('stay with the small ones as long as they are damaged', async () => {
    files = [file('1-9')]
    await pull()
    files = [file('1-12')]
    mishap('1-12', 4, (response) => void response.end('no'))
    expect(await pulled()).toMatchObject({ removed: 0, damaged: [`dt=${DAY}/1-12.parquet`] })
    expect(await names()).toEqual([`dt=${DAY}/1-9.parquet`])
  })

  it('are listed again if they were made while the pull ran', async () => {
    files = [file('1-9'), file('10-12')]
    onList = () => {
      files = [file('1-12')]
      onList = () => undefined
    }
    expect(await pulled()).toMatchObject({ pulled: 1, damaged: [], missing: [] })
    expect(await names()).toEqual([`dt=${DAY}/1-12.parquet`])
  })

  it('remove no file that the command did not write', async () => {
    files = [file('1-9')]
    await mkdir(path.dirname(at('1-9')), { recursive: true })
    await writeFile(at('1-9'), '1-9'.repeat(1_000))
    await writeFile(at('3-4'), 'mine')
    await pull()
    files = [file('1-12')]
    expect(await pulled()).toMatchObject({ pulled: 1, removed: 0 })
    expect(await names()).toEqual(['1-12', '1-9', '3-4'].map((name) => `dt=${DAY}/${name}.parquet`))
  })

  it('remove nothing of another day, nor what the retention took from the archive', async () => {
    files = [file('1-9', 'a', '2026-11-24'), file('10-12')]
    await pull()
    files = [file('1-12')]
    expect(await pulled()).toMatchObject({ removed: 1 })
    files = []
    expect(await pulled()).toMatchObject({ removed: 0 })
    expect(await names()).toEqual(['dt=2026-11-24/1-9.parquet', `dt=${DAY}/1-12.parquet`])
  })
})

describe('the folder', () => {
  it('keeps a foreign file of the same name, and says so', async () => {
    files = [file('1-9')]
    await mkdir(path.dirname(at('1-9')), { recursive: true })
    await writeFile(at('1-9'), 'mine')
    const ran = await pull()
    expect(ran).toMatchObject({ code: 1, out: expect.stringContaining('Left alone') })
    expect(await readFile(at('1-9'), 'utf8')).toBe('mine')
  })

  it('belongs to one console', async () => {
    await pull()
    await appendFile(path.join(folder, '.postern-archive.jsonl'), '{"console":"https://other.example"}\n')
    expect(await pull()).toMatchObject({
      code: 2,
      complaints: expect.stringContaining('https://other.example'),
    })
  })

  it.each([
    ['', 'a torn line', '{"path":"dt=2026'],
    ['', 'no JSON', 'hello'],
    ['', 'an array', '[]'],
    ['', 'a path that leads out', '{"path":"../../etc/passwd","sha256":"a","bytes":1,"mtime_ms":1}'],
    ['', 'a removal of it', '{"removed":"../../etc/passwd"}'],
  ])('%s may have %s in its journal', async (_empty, _what, line) => {
    files = [file('1-9')]
    await pull()
    await appendFile(path.join(folder, '.postern-archive.jsonl'), line)
    files = [file('1-12')]
    expect(await pulled()).toMatchObject({ pulled: 1, removed: 1 })
    expect(await pulled()).toMatchObject({ present: 1, removed: 0 })
  })

  const HOSTILE: readonly (readonly [day: string, file: string])[] = [
    ['../..', '1-2.parquet'],
    [DAY, '../../x.parquet'],
    [DAY, '../1-2.parquet'],
    [DAY, '/etc/passwd'],
    [DAY, '1-2.parquet/../../../x'],
    [DAY, '..'],
    [DAY, ''],
    ['', '1-2.parquet'],
    [DAY, '1-2.parquet\0'],
    [DAY, '1-2.parquet\n'],
    [DAY, 'C:\\x.parquet'],
    [DAY, '..\\..\\1-2.parquet'],
    [DAY, '.postern-archive.jsonl'],
    [DAY, '9-1.parquet'],
    [DAY, '1-2.exe'],
    ['2026-02-30', '1-2.parquet'],
    [`${DAY}/..`, '1-2.parquet'],
  ]

  it('gets nothing outside of it, whatever names the console gives', async () => {
    files = HOSTILE.map(([day, name]) => ({ day, file: name, bytes: Buffer.from('evil') }))
    files.push(file('1-9'))
    const ran = await pull('--json')
    const { refused } = JSON.parse(ran.out) as { refused: string[] }
    expect(ran.code).toBe(1)
    expect(refused).toHaveLength(HOSTILE.length)
    expect(await names(outside)).toEqual([`events/dt=${DAY}/1-9.parquet`])
  })

  it('has a place only for names of the archive', () => {
    const part = fc.oneof(
      fc.constantFrom('..', '/', '\\', 'dt=', DAY, '1-2', '.parquet', '\0', '%2e%2e', '.abcdef01'),
      fc.string(),
    )
    const text = fc.array(part, { maxLength: 6 }).map((parts) => parts.join(''))
    fc.assert(
      fc.property(text, text, (day, name) => {
        const found = localFile(day, name)
        if (found === undefined) return
        expect(path.resolve('/x', found.path).startsWith('/x/dt=')).toBe(true)
        expect(found.path.split('/')).toHaveLength(2)
        expect(localFileAt(found.path)).toEqual(found)
      }),
      { numRuns: 2_000 },
    )
  })

  it('is made with the folders above it', async () => {
    files = [file('1-9')]
    const deep = path.join(outside, 'a/b/c')
    expect(await run(['archive', 'pull', deep], '', environment)).toMatchObject({ code: 0 })
    expect((await stat(path.join(deep, `dt=${DAY}/1-9.parquet`))).size).toBe(3_000)
  })
})
