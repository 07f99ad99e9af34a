/**
 * This version opens what each recorded version has stored: it reads everything, and continues to write. While no version is recorded,
 * it records its own state first.
 */
import { execFile } from 'node:child_process'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { jsonOf } from '../../src/simulator/http.ts'
import { DEFAULT_POLICY, POLICY_BEFORE_0_4 } from '../../src/store/policy/document.ts'
import type { Account } from '../../src/simulator/sender.ts'
import { bundle } from '../../scripts/local/bundle.ts'
import { type Draws, reopenAccount } from '../../scripts/state/accounts.ts'
import type { RecordedAnswer } from '../../scripts/state/answers.ts'
import { unpackFolder } from '../../scripts/state/container.ts'
import { type Deployment, type Posted, SECRETS, startDeployment } from '../../scripts/state/deployment.ts'
import { messageOf } from '../../scripts/state/messages.ts'
import { DOOMED, UNLUCKY, newEvent, servedBy } from '../../scripts/state/scene.ts'
import { run } from '../cli/run.ts'
import { withClockForward } from '../support/clock-shift.ts'
import { nowSeconds, until } from './postern.ts'
import { differences } from './recorded-answers.ts'

const ROOT = join(import.meta.dirname, '../..')
const RECORDED = join(ROOT, 'test/fixtures/states')
const STATES = existsSync(RECORDED) ? RECORDED : await recordOwn()

async function recordOwn(): Promise<string> {
  const states = await mkdtemp(join(tmpdir(), 'postern-states-'))
  await promisify(execFile)(process.execPath, [`${ROOT}/scripts/record-state.ts`, join(states, 'own')])
  return states
}

interface Recorded {
  readonly version: string
  readonly recordedAt: string
  /** Of the messages that the recorded queue has events about. */
  readonly messageIds: readonly string[]
  readonly accounts: Readonly<Record<string, Draws>>
}

/** Where Miniflare stores the store; its name depends on the configuration file. */
const STORE = /^v3\/d1\/miniflare-D1DatabaseObject\/[0-9a-f]{64}\.sqlite/

const PATIENCE_MS = 60_000

/**
 * Sources of 0.3.0 to which the simulated ESPs of today cannot deliver. 0.3.0 misread AhaSend's key, so that no source of it ever
 * accepted a delivery, and its secret has to be entered again. Bird and Mailchimp Marketing sign under a secret that 0.3.0 did not know; their
 * fixtures have deliveries with the older proofs.
 */
const PROVED_OTHERWISE: ReadonlySet<string> = new Set(['ahasend', 'bird', 'mailchimp-marketing'])

describe.each(readdirSync(STATES))('the state of version %s', (version) => {
  const packed = (name: string): Buffer => readFileSync(join(STATES, version, `${name}.gz`))
  const file = (name: string): Buffer => gunzipSync(packed(name))
  const json = (name: string): unknown => JSON.parse(file(name).toString())

  const recorded = json('deployment.json') as Recorded
  const ageMs = Date.now() - Date.parse(recorded.recordedAt)
  const posted: Posted[] = []
  const folders: string[] = []
  const accounts = new Map<string, Account>()
  let opened: Deployment
  let empty: Deployment

  const start = async (stateDir: string): Promise<Deployment> =>
    startDeployment({
      stateDir,
      endpoint: (one) => {
        posted.push(one)
        return 200
      },
      served: servedBy(accounts.values()),
      // `.ci/run` opens the states by later days as well.
      modules: async (name, entry) => [
        { name: `${name}.js`, text: withClockForward(await bundle(entry), inject('clockShiftMs')) },
      ],
    })

  async function newFolder(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'postern-'))
    folders.push(folder)
    return folder
  }

  /** The path of the store in a state folder of this version. */
  async function storeIn(stateDir: string): Promise<string> {
    const found = await readdir(stateDir, { recursive: true })
    const path = found.find((name) => STORE.test(name) && name.endsWith('.sqlite'))
    if (path === undefined) throw new Error('an empty deployment has no store')
    return path.slice(0, -'.sqlite'.length)
  }

  beforeAll(async () => {
    for (const [name, draws] of Object.entries(recorded.accounts))
      accounts.set(name, await reopenAccount(name, draws))
    const [emptyDir, stateDir] = [await newFolder(), await newFolder()]
    empty = await start(emptyDir)
    const store = await storeIn(emptyDir)
    await unpackFolder(packed('state'), stateDir, (path) => path.replace(STORE, `${store}.sqlite`))
    opened = await start(stateDir)
  })
  afterAll(async () => {
    await opened?.runtime.close()
    await empty?.runtime.close()
    for (const folder of folders) await rm(folder, { recursive: true, force: true })
    if (STATES !== RECORDED) await rm(STATES, { recursive: true, force: true })
  })

  const get = async (path: string): Promise<Record<string, unknown>> =>
    (await opened.call('GET', path)) as Record<string, unknown>

  const entries = async (path: string, name: string) => (await get(path))[name] as Record<string, unknown>[]

  const accountOf = (name: string): Account => {
    const account = accounts.get(name)
    if (account === undefined) throw new Error(`no account at ${name}`)
    return account
  }

  const deadLetters = () => entries('/api/dead-letters?limit=500', 'dead_letters')

  /** Ids of the messages about which no event is stored. */
  async function withoutEvent(messageIds: readonly string[]): Promise<string[]> {
    const stored: string[] = []
    let cursor = ''
    do {
      const page = await get(`/api/events?limit=500${cursor}`)
      const found = page['events'] as { message_id: string | null; other_message_ids: string[] }[]
      stored.push(
        ...found.flatMap(({ message_id, other_message_ids }) => [message_id ?? '', ...other_message_ids]),
      )
      cursor = typeof page['next_cursor'] === 'string' ? `&cursor=${page['next_cursor']}` : ''
    } while (cursor !== '')
    return messageIds.filter((id) => !stored.some((one) => one.includes(id)))
  }

  /** The answers to new deliveries of the accounts that were not accepted. */
  async function refusedBy(deployment: Deployment): Promise<unknown[]> {
    const answers = await Promise.all(
      [...accounts]
        .filter(([name]) => !PROVED_OTHERWISE.has(name))
        .map(async ([name, account]) => {
          const [kind = ''] = account.kinds
          const request = await account.deliver([newEvent(kind)], nowSeconds())
          let answer = await deployment.deliver(name, request)
          // As ESPs do: on a busy machine a certificate may not be fetched in time.
          await until(async () => {
            if (answer.status === 503) answer = await deployment.deliver(name, request)
            return answer.status !== 503
          })
          return { name, status: answer.status, answer: jsonOf(answer) }
        }),
    )
    return answers.filter(({ status }) => status >= 300)
  }

  async function storeFault(): Promise<string | null | undefined> {
    const { parts } = jsonOf(await opened.console.get('/api/health')) as {
      parts: readonly { readonly part: string; readonly fault: string | null }[]
    }
    return parts.find(({ part }) => part === 'store')?.fault
  }

  it('is read as it was: no field of any answer is lost or changed', async () => {
    // The watch may have asked the database before it had its new tables. It asks again in the next minute.
    await until(async () => (await storeFault()) === null, 100_000)
    const found: string[] = []
    for (const { route, path, json: before } of json('answers.json') as RecordedAnswer[]) {
      const answer = await opened.console.get(path)
      found.push(...differences(route, before, jsonOf(answer), ageMs).map((one) => `${path} ${one}`))
    }
    expect(found).toEqual([])
  })

  it('keeps its rules of suppression; the default that somebody takes is undone by its inverse', async () => {
    const listed = async () =>
      (await entries('/api/suppressions/export?limit=500', 'suppressions')).map(
        ({ as_of: _asOf, ...entry }) => entry,
      )
    expect(await get('/api/policy')).toMatchObject({
      version: 0,
      document: POLICY_BEFORE_0_4,
      is_judged: true,
    })
    const before = await listed()
    expect(before.filter(({ reason }) => reason === 'hard_bounce')).not.toEqual([])
    for (const document of [DEFAULT_POLICY, POLICY_BEFORE_0_4])
      expect(await opened.call('PUT', '/api/policy?confirm=yes', document)).toMatchObject({ is_judged: true })
    expect(await listed()).toEqual(before)
  })

  it('has messages in its queue that are stored, and none becomes a dead letter', async () => {
    const before = await deadLetters()
    const { EVENTS } = await opened.runtime.bindings<{ EVENTS: Queue }>('gateway')
    const lines = file('messages.jsonl').toString().split('\n').slice(0, -1)
    for (const { queue, body } of lines.map((line) => messageOf(line))) {
      if (queue === 'postern-events') await EVENTS.send(body, { contentType: 'v8' })
      else await opened.runtime.emailService(body)
    }
    await until(async () => (await withoutEvent(recorded.messageIds)).length === 0)
    expect(await withoutEvent(recorded.messageIds)).toEqual([])
    expect(await deadLetters()).toEqual(before)
  })

  it('accepts new deliveries that are signed with the secrets of its sources, and stores their events', async () => {
    const before = await deadLetters()
    expect(await refusedBy(opened)).toEqual([])
    const event = newEvent('email.delivered')
    await opened.deliver('generic', await accountOf('generic').deliver([event], nowSeconds()))
    await until(async () => (await withoutEvent([event.messageId])).length === 0)
    expect(await withoutEvent([event.messageId])).toEqual([])
    expect(await deadLetters()).toEqual(before)
  })

  it('has destinations that go on: new events and those that waited are sent, and those given up can be redriven', async () => {
    const { call } = opened
    const event = newEvent('email.delivered')
    await opened.deliver('generic', await accountOf('generic').deliver([event], nowSeconds()))
    await call('POST', '/api/destinations/flaky/given-up/redrive', { all: true })
    await call('POST', '/api/destinations/flaky/waiting/retry', {})
    await call('POST', '/api/destinations/paused/resume', {})
    const wanted = [
      ['app', event.recipient],
      ['paused', event.recipient],
      ['flaky', event.recipient],
      ['flaky', DOOMED],
      ['flaky', UNLUCKY],
    ] as const
    const missing = () =>
      wanted.filter(
        ([endpoint, text]) => !posted.some((one) => one.endpoint === endpoint && one.body.includes(text)),
      )
    await until(async () => missing().length === 0, PATIENCE_MS)
    expect(missing()).toEqual([])
    // Its recipient is a pseudonym there.
    expect(posted.some(({ endpoint }) => endpoint === 'batches')).toBe(true)
    expect(posted.some(({ endpoint }) => endpoint === 'gone')).toBe(false)
  })

  it('has a backup that an empty deployment restores', async () => {
    const restored = await empty.call('POST', '/api/restore', { file: json('backup.json') })
    const {
      sources = {},
      destinations = {},
      channels = {},
    } = json('configuration.json') as Record<string, object>
    const count =
      Object.keys(sources).length + Object.keys(destinations).length + Object.keys(channels).length
    expect(restored).toMatchObject({ restored: count, removed: 0 })
    expect(await refusedBy(empty)).toEqual([])
  })

  it('has a configuration file that another empty deployment takes', async () => {
    const other = await start(await newFolder())
    try {
      const environment = {
        ...variablesOf(accounts),
        POSTERN_URL: other.url.href,
        POSTERN_TOKEN: SECRETS.ADMIN_TOKEN,
      }
      const applied = await run(['apply', '-', '--yes'], file('configuration.json'), environment)
      expect(applied).toMatchObject({ code: 0, complaints: '' })
      const { out } = await run(['export', '--env'], '', environment)
      expect(differences('', json('configuration.json'), JSON.parse(out), ageMs)).toEqual([])
    } finally {
      await other.runtime.close()
    }
  })
})

/** The secrets of the recorded configuration, by the name that `postern export --env` gives each. */
function variablesOf(accounts: ReadonlyMap<string, Account>): Record<string, string> {
  const variables: Record<string, string> = {
    APP_AUTHORIZATION: 'Bearer of-a-recorded-state',
    PAUSED_SIGNING_KEY: `whsk_${Buffer.alloc(32, 1).toString('base64')}`,
    BIRD_SIGNING_KEY: 'key-of-the-older-api-of-bird',
    BIRD_WEBHOOK_URL: 'https://hooks.example.test/hooks/bird',
    MAILCHIMP_MARKETING_QUERY: JSON.stringify({ token: 'token-of-an-unsigned-webhook' }),
  }
  for (const name of ['APP', 'BATCHES', 'FLAKY', 'GONE', 'OPS', 'ORIGINAL', 'PAUSED'])
    variables[`${name}_SIGNING_SECRET`] = `whsec_${Buffer.alloc(32, 1).toString('base64')}`
  for (const [name, { document }] of accounts) {
    const { secrets, publicUrl } = document
    // A provider that signs its URL has it as a secret.
    const slots = { webhook_url: publicUrl, ...(secrets as object) }
    for (const [slot, secret] of Object.entries(slots)) {
      const value: unknown = Array.isArray(secret) ? secret[0] : secret
      const variable = `${name}_${slot}`.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')
      variables[variable] = typeof value === 'string' ? value : JSON.stringify(value)
    }
  }
  return variables
}
