/** Work that waits for a person, done from the command line: dead letters and quarantine. And the program as a process. */
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ROOT } from '../../scripts/workers.ts'
import type { Store } from '../../src/store/store.ts'
import { putDeadLetter, storeOf } from '../e2e/dead-letter.ts'
import { type Postern, startPostern, until } from '../e2e/postern.ts'
import { deliveryFacts, quarantinedItem } from '../support/mail-events.ts'
import { putIntoQuarantine } from '../support/quarantine.ts'
import { run } from './run.ts'

const SECRET = 'seeded-secret-of-the-process-test'

let postern: Postern
let store: Store
let reach: Record<string, string>
beforeAll(async () => {
  postern = await startPostern()
  reach = { POSTERN_URL: postern.runtime.url('console').href, POSTERN_TOKEN: postern.secrets.ADMIN_TOKEN }
  await postern.source('generic', 'shop')
  store = await storeOf(postern)
}, 120_000)
afterAll(() => postern.runtime.close())

const cli = (...args: string[]) => run(args, '', reach)
const json = async (...args: string[]) =>
  JSON.parse((await cli(...args, '--json')).out) as Record<string, unknown>

const quarantined = async (): Promise<string[]> =>
  ((await json('quarantine', 'list'))['quarantine'] as { id: string }[]).map(({ id }) => id)

async function quarantine(text: string): Promise<string> {
  const before = await quarantined()
  const facts = deliveryFacts({ source: 'shop', provider: 'generic' })
  await putIntoQuarantine(store, quarantinedItem(text), facts)
  return (await quarantined()).find((id) => !before.includes(id)) ?? ''
}

describe('dead letters', () => {
  it('are listed, put back by name or all, and thrown away on a yes', async () => {
    for (const name of ['one', 'two', 'three', 'four']) await putDeadLetter(store, postern, name)
    const [first, second] = (await json('dead-letters', 'list'))['dead_letters'] as { id: string }[]
    expect(await cli('dead-letters', 'remove', second?.id ?? '', '--yes')).toMatchObject({ code: 0 })
    const one = await json('dead-letters', 'redrive', first?.id ?? '')
    expect(one).toEqual({ redriven: [first?.id], failed: [] })
    const gone = await cli('dead-letters', 'redrive', 'nothing')
    expect(gone).toMatchObject({ code: 1, out: expect.stringContaining('dead_letter_unknown') })
    expect(await cli('dead-letters', 'redrive', '--all', '--why', 'store_failed', '--plan')).toMatchObject({
      code: 0,
      out: 'To put back: 2.\n',
    })
    expect((await cli('dead-letters', 'redrive', '--all', '--source', 'none')).out).toBe(
      'Put back: 0. Not put back: 0.\n',
    )
    expect(await cli('dead-letters', 'redrive', '--all')).toMatchObject({
      code: 0,
      out: 'Put back: 2. Not put back: 0.\n',
    })
    await until(async () => (await postern.events('shop')).length >= 3)
    expect(await postern.events('shop')).toHaveLength(3)
    expect((await cli('doctor', '--all')).out).not.toMatch(/wrong +dead_letters/)
  })
})

describe('quarantine', () => {
  it('is shown whole and safe to look at, its bytes on demand, and what is understood by now is played again', async () => {
    const text = '{"event_type": "email.teleported",\n"data": "a\u202Eb\u001b[2J"}'
    const id = await quarantine(text)
    const shown = await cli('quarantine', 'show', id)
    expect(shown.out).toContain('a[U+202E]b[U+001B][2J')
    expect(shown.out).toMatch(/^problem +item_unreadable$/m)
    expect((await cli('quarantine', 'show', id, '--body')).out).toBe(text)
    expect(await cli('quarantine', 'replay', id)).toMatchObject({
      code: 1,
      complaints: expect.stringContaining('does not understand it yet'),
    })
    const timestamp = new Date().toISOString()
    const good = await quarantine(
      JSON.stringify({
        event_type: 'email.delivered',
        timestamp,
        data: { message_id: 'm1', recipient: 'ada@example.com', timestamp },
      }),
    )
    expect(await cli('quarantine', 'replay', good)).toMatchObject({
      code: 0,
      out: expect.stringContaining('Queued: 1 events.'),
    })
    const all = ['quarantine', 'replay', '--all', '--problem', 'item_unreadable'] as const
    expect(await cli(...all, '--plan')).toMatchObject({ code: 0, out: 'To read again: 1.\n' })
    expect(await cli(...all)).toMatchObject({
      code: 1,
      out: expect.stringMatching(
        /^Read again: 0\. Queued: 0 events\. .+\nID +PROBLEM\n\w+ +still_not_understood/,
      ),
    })
    expect(await cli('quarantine', 'remove', id, '--yes')).toMatchObject({ code: 0 })
    expect((await json('quarantine', 'list'))['quarantine']).toEqual([])
  })
})

interface Done {
  readonly code: number | null
  readonly out: string
  readonly errors: string
  /** As any other program of the machine sees it. */
  readonly commandLine: string
}

/** As a person runs it. */
async function program(
  args: readonly string[],
  stdin: string,
  environment: Record<string, string> = reach,
): Promise<Done> {
  const child = spawn(process.execPath, [`${ROOT}scripts/postern.ts`, ...args], {
    env: {
      PATH: process.env['PATH'],
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
      ...environment,
    },
    stdio: 'pipe',
  })
  const [out, errors]: [Buffer[], Buffer[]] = [[], []]
  child.stdout.on('data', (part: Buffer) => out.push(part))
  child.stderr.on('data', (part: Buffer) => errors.push(part))
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve))
  const commandLine = await readFile(`/proc/${child.pid}/cmdline`, 'utf8').catch(() => '')
  child.stdin.end(stdin)
  const code = await closed
  return { code, out: Buffer.concat(out).toString(), errors: Buffer.concat(errors).toString(), commandLine }
}

describe('the program', () => {
  it('says in each ending nothing of the secrets that it was handed', async () => {
    const source = JSON.stringify({ provider: 'generic', secrets: { hmac: SECRET } })
    const home = await mkdtemp(path.join(tmpdir(), 'postern-home-'))
    const away = { POSTERN_URL: 'http://127.0.0.1:9', POSTERN_TOKEN: SECRET, HOME: home }
    const runs = [
      await program(['sources', 'put', 'process', '-'], source, { ...reach, HOME: home }),
      await program(['secrets', 'rotate', 'process', 'hmac', '--stdin'], `${SECRET}-new\n`),
      ...(await Promise.all([
        program(['secrets', 'rotate', 'process', 'pigeon', '--stdin', '--json'], SECRET),
        program(['sources', 'put', 'process', '-'], `{"provider": "${SECRET}"`),
        program(['sources', 'put', 'process', '-'], `{"provider": "generic", "${SECRET}": 1}`),
        program(['login', '--url', reach['POSTERN_URL'] ?? ''], SECRET, { HOME: home }),
        program(['sources', 'list'], '', away),
        program(['sources', 'list'], '', { ...reach, POSTERN_TOKEN: SECRET }),
        program(['sources', 'list', '--json'], '', { ...away, POSTERN_TOKEN: `${SECRET}\n` }),
      ])),
    ]
    await rm(home, { recursive: true })
    expect(runs.map(({ code }) => code)).toEqual([0, 0, 1, 2, 1, 3, 3, 3, 3])
    for (const { out, errors, commandLine } of runs) {
      expect(out + errors + commandLine).not.toContain(SECRET)
      expect(commandLine === '' || commandLine.includes('postern.ts')).toBe(true)
    }
    expect(postern.logs.join('\n')).not.toContain(SECRET)
  })

  it('has no colours where there is no terminal', async () => {
    expect((await program(['sources', 'list'], '')).out).not.toContain('\u001b')
  })
})
