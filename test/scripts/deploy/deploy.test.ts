/** `npm run deploy` as it is, with the real Wrangler, against a fake of Cloudflare's API. */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { folderOf } from '../../../scripts/deploy/configuration/write.ts'
import { environmentNamed } from '../../../scripts/deploy/environment.ts'
import { marksOf } from '../../../scripts/deploy/keys.ts'
import type { Release } from '../../../scripts/deploy/release.ts'
import { ROOT } from '../../../scripts/workers.ts'
import { thorough } from '../../support/thorough.ts'
import {
  type FakeAccount,
  type Script,
  copyOf,
  emptyAccount,
  emptyQueue,
  inventory,
  scriptWith,
} from './fake/account.ts'
import { type Fake, type Fault, startFake } from './fake/index.ts'
import { changeSecret } from './fake/routes.ts'
import { KEYS, home, inProcess, run } from './fake/run.ts'

/** Of these tests: what a person has generated stays. */
const ENVIRONMENT = ['--env', 'of-the-tests']
const GATEWAY = 'postern-gateway-of-the-tests'
const CONSUMER = 'postern-consumer-of-the-tests'
const CONSOLE = 'postern-console-of-the-tests'

let fake: Fake
beforeAll(async () => {
  fake = await startFake()
})
afterAll(async () => {
  await fake.close()
  await rm(folderOf(environmentNamed('of-the-tests')), { recursive: true, force: true })
  await rm(folderOf(environmentNamed('other')), { recursive: true, force: true })
})
beforeEach(() => {
  fake.account = emptyAccount()
  fake.fault = () => undefined
  fake.isAccountToken = false
})

const deploy = (...more: string[]) => run(fake, 'deploy', [...ENVIRONMENT, '--yes', ...more])
/** Without an answer to its question. */
const asked = (...more: string[]) => inProcess(fake, [...ENVIRONMENT, ...more])

let first: FakeAccount | undefined
/** Requests of a first deployment. */
let firstRequests = 0

/** An account with a first deployment, which is made once for all tests. */
async function deployedOnce(): Promise<void> {
  if (first === undefined) {
    expect(await deploy()).toMatchObject({ code: 0 })
    first = fake.account
    firstRequests = fake.requests.length
  }
  fake.account = copyOf(first)
}

const writes = () => fake.requests.filter((request) => /^(?:PUT|PATCH|DELETE|POST)/.test(request))
const scripts = () => [...fake.account.scripts.keys()]
const varsOf = (worker: string) =>
  Object.fromEntries(
    (fake.account.scripts.get(worker)?.versions.at(-1)?.bindings ?? []).map(({ name, text }) => [name, text]),
  )
/** A change of all three Workers, which an upgrade is. */
const upgrade = () =>
  run(fake, 'deploy', [...ENVIRONMENT, '--yes', '--gateway-domain', 'hooks.example.com'], {
    ...KEYS,
    EMAIL_SERVICE_SOURCE: 'mail',
    ACCESS_TEAM_DOMAIN: 'team.cloudflareaccess.com',
    ACCESS_AUD: 'a'.repeat(64),
    ACCESS_ROLES: 'ada@example.com=admin',
  })
const uploads = () =>
  fake.requests.flatMap((r) => /^(?:PUT|POST) \/workers\/scripts\/([^/]+)(?:\/versions)?$/.exec(r)?.[1] ?? [])

describe('a deployment', () => {
  it('is made from nothing, changed by an upgrade, moved back and removed', async () => {
    const plan = await asked('--plan')
    expect(plan).toMatchObject({ code: 0 })
    expect(plan.out).toContain('make    database postern-store-of-the-tests')
    expect(inventory(fake.account)).toEqual(inventory(emptyAccount()))

    const unagreed = await asked()
    expect(unagreed.out).toMatch(/there is no terminal to ask at\. Add --yes to do this\.\n$/)
    expect(unagreed.code).toBe(1)
    expect(inventory(fake.account)).toEqual(inventory(emptyAccount()))

    const made = await deploy()
    expect(made).toMatchObject({ code: 0 })
    first = copyOf(fake.account)
    firstRequests = fake.requests.length
    expect(made.out).toContain(
      'A signed delivery is accepted and stored, in quarantine. It is removed again.',
    )
    expect(made.out).toContain(`https://${CONSOLE}.acme.workers.dev`)
    expect(made.out).not.toContain(KEYS.MASTER_KEY)
    expect(made.out).toContain('Cost     $5.00 a month at rest')
    expect(made.out).toContain('put Cloudflare Access in front of the console')
    expect(varsOf(CONSOLE)).toMatchObject({ GATEWAY_URL: `https://${GATEWAY}.acme.workers.dev` })
    expect(varsOf(CONSUMER)).toMatchObject({ CONSOLE_URL: `https://${CONSOLE}.acme.workers.dev` })
    expect(uploads()).toEqual([GATEWAY, CONSUMER, CONSOLE])
    expect([...fake.account.scripts.values()].map(({ secrets }) => secrets.get('MASTER_KEY'))).toEqual(
      Array.from({ length: 3 }, () => KEYS.MASTER_KEY),
    )
    const whole = inventory(fake.account)
    expect(whole.queues.map(({ retention }) => retention)).toEqual([
      1_209_600, 1_209_600, 1_209_600, 1_209_600,
    ])

    const second = await deploy()
    expect(second).toMatchObject({ code: 0 })
    expect(uploads()).toEqual([])
    expect(inventory(fake.account)).toEqual(whole)

    fake.fault = (request) => (request.startsWith('GET') ? undefined : { status: 403, code: 10000 })
    const readOnly = await asked('--plan')
    expect(readOnly.out).toMatch(
      /The migrations of the database are unknown to this token[^]*  same    Worker /,
    )
    expect(readOnly.code).toBe(0)
    fake.fault = () => undefined

    const third = await upgrade()
    expect(third).toMatchObject({ code: 0 })
    expect(third.out).not.toContain('put Cloudflare Access in front of the console')
    expect(uploads()).toEqual([CONSUMER, CONSOLE, GATEWAY])
    expect(inventory(fake.account).domains).toEqual([{ hostname: 'hooks.example.com', service: GATEWAY }])

    expect(third.out).toContain(
      `domain  hooks.example.com of ${GATEWAY}; https://${GATEWAY}.acme.workers.dev answers, too`,
    )
    expect(third.out).toContain(
      `set     ACCESS_TEAM_DOMAIN of ${CONSOLE}: "team.cloudflareaccess.com", and it was empty`,
    )
    expect(fake.account.scripts.get(GATEWAY)?.workersDev).toBe(true)
    const withEmpty = await inProcess(fake, [...ENVIRONMENT, '--plan'], {
      ...KEYS,
      EMAIL_SERVICE_SOURCE: 'mail',
      ACCESS_AUD: '',
      ACCESS_ROLES: '',
    })
    expect(withEmpty.out).not.toMatch(/set  |replace/)
    const withoutAccess = ['ACCESS_TEAM_DOMAIN', 'ACCESS_AUD', 'ACCESS_ROLES'].flatMap((name) => [
      '--unset',
      name,
    ])
    const unset = await asked('--plan', '--drop-workers-dev', ...withoutAccess)
    expect(unset.out).toContain(
      `set     ACCESS_ROLES of ${CONSOLE}: empty, and it was "ada@example.com=admin"`,
    )
    expect(unset.out).toContain(`close   https://${GATEWAY}.acme.workers.dev: nothing answers there any more`)

    const [before, after] = fake.account.scripts.get(GATEWAY)?.versions ?? []
    const unasked = await asked('--back')
    expect(unasked).toMatchObject({ code: 1 })
    expect(writes()).toEqual([])
    const back = await deploy('--back')
    expect(back).toMatchObject({ code: 0 })
    expect(back.out).toContain(
      'npx wrangler d1 time-travel restore postern-store-of-the-tests --bookmark=0000',
    )
    expect(writes()).toEqual(
      [GATEWAY, CONSOLE, CONSUMER].map((n) => `POST /workers/scripts/${n}/deployments`),
    )
    expect(fake.account.scripts.get(GATEWAY)?.deployments.map(({ version }) => version)).toEqual([
      before?.id,
      after?.id,
      before?.id,
    ])
    expect(await deploy('--back')).toMatchObject({ code: 1 })

    fake.account.buckets.get('postern-large-of-the-tests')?.objects.add('a/1').add('a/2').add('a/3')
    const destroy = await run(fake, 'destroy', ENVIRONMENT)
    expect(destroy).toMatchObject({ code: 1 })
    expect(destroy.out).toContain('Nothing was removed')
    expect(writes().filter((request) => !request.endsWith('/query'))).toEqual([])
  }, 600_000)

  it('stands beside another, shares nothing with it, and keeps messages longer once the plan allows it', async () => {
    await deployedOnce()
    fake.account.isFree = true
    const made = await run(fake, 'deploy', ['--env', 'other', '--yes', '--jurisdiction', 'eu'])
    expect(made).toMatchObject({ code: 0 })
    expect(made.out).toContain('The queue postern-dead-other keeps messages for 1 day: ')
    fake.account.isFree = false
    expect(scripts()).toHaveLength(6)
    expect(fake.account.buckets.get('postern-large-other')?.jurisdiction).toBe('eu')
    expect(fake.account.databases.get('postern-store-other')?.jurisdiction).toBe('eu')
    expect(varsOf('postern-gateway-other')).toMatchObject({
      OBJECTS_JURISDICTION: 'eu',
      OBJECTS_LOCATION: 'weur',
    })
    // Parts that are made later are in the same jurisdiction.
    fake.account.buckets.delete('postern-backups-other')
    const later = await run(fake, 'deploy', ['--env', 'other', '--yes'])
    expect(later.out).toContain('make    bucket postern-backups-other in the jurisdiction eu')
    expect(later.out).toContain('set     queue postern-dead-other to keep messages for 14 days')
    expect(later).toMatchObject({ code: 0 })
    expect(fake.account.buckets.get('postern-backups-other')?.jurisdiction).toBe('eu')
    expect(inventory(fake.account).queues.every(({ retention }) => retention === 1_209_600)).toBe(true)
    expect(uploads()).toEqual([])
  }, 600_000)
})

let isOver = false
const once = (fault: Fault): Fault | undefined => {
  if (isOver) return undefined
  isOver = true
  return fault
}

/** Release that the deployed version of a Worker holds about itself. */
const releaseOf = (worker: string): Release => JSON.parse(varsOf(worker)['POSTERN_RELEASE'] ?? '') as Release

/** Changes what all deployed versions say of themselves. */
function pretend(change: (release: Release) => Partial<Release>): void {
  for (const script of fake.account.scripts.values())
    script.versions = script.versions.map((version) => ({
      ...version,
      bindings: version.bindings.map((binding) => {
        if (binding.name !== 'POSTERN_RELEASE') return binding
        const release = JSON.parse(binding.text ?? '') as Release
        return { ...binding, text: JSON.stringify({ ...release, ...change(release) }) }
      }),
    }))
}

describe('a release', () => {
  it('is one, also if it was cut off, and all its Workers go back together', async () => {
    await deployedOnce()
    const earlier = releaseOf(GATEWAY)
    const mark = await marksOf(KEYS.MASTER_KEY)
    expect(earlier).toMatchObject({ masterKey: mark, commit: expect.stringMatching(/^[0-9a-f]{40}/) })
    const heads = () => [...fake.account.scripts.values()].map(({ deployments }) => deployments[0]?.version)
    const before = heads()

    fake.fault = (request) =>
      /^(?:PUT \/workers\/scripts\/postern-console-of-the-tests|POST .*-console-of-the-tests\/versions)$/.test(
        request,
      )
        ? 'cut-before'
        : undefined
    expect((await upgrade()).code).toBe(null)
    fake.fault = () => undefined
    const second = releaseOf(CONSUMER)
    expect(second.id > earlier.id).toBe(true)

    expect(await upgrade()).toMatchObject({ code: 0 })
    expect(uploads()).toEqual([CONSOLE, GATEWAY])
    for (const worker of [GATEWAY, CONSUMER, CONSOLE])
      expect(releaseOf(worker)).toMatchObject({
        id: second.id,
        bookmark: second.bookmark,
        masterKey: mark,
        previous: { id: earlier.id, commit: earlier.commit },
      })

    const other = await inProcess(fake, [...ENVIRONMENT, '--yes'], {
      ...KEYS,
      MASTER_KEY: `v1:${Buffer.alloc(32, 8).toString('base64')}`,
    })
    expect(other.out).toMatch(/This MASTER_KEY is not the one that postern-\w+-of-the-tests has/)
    expect(other.code).toBe(1)

    expect(await deploy('--back', '--yes')).toMatchObject({ code: 0 })
    expect(heads()).toEqual(before)
  }, 600_000)

  it('of an older checkout stops, and with --downgrade replaces the release after it, with all secrets', async () => {
    await deployedOnce()
    const own = releaseOf(GATEWAY)
    const database = fake.account.databases.get('postern-store-of-the-tests')?.sql
    database?.exec("INSERT INTO d1_migrations (name) VALUES ('9999_later.sql')")
    pretend(({ migrations, ...release }) => ({
      version: '99.0.0',
      commit: 'f'.repeat(40),
      code: 'later',
      all: 'later',
      migrations: { ...migrations, '9999_later.sql': '99999999' },
      previous: { ...release, migrations: Object.keys(migrations) },
    }))
    changeSecret(fake.account.scripts.get(CONSOLE) as Script, 'ADMIN_TOKEN', KEYS.ADMIN_TOKEN)
    const refused = await asked('--yes')
    expect(refused.out).toMatch(/99\.0\.0 \(commit f{12}\) is deployed, and this checkout is older/)
    expect(refused.code).toBe(1)
    expect(uploads()).toEqual([])

    const down = await deploy('--downgrade')
    expect(down).toMatchObject({ code: 0 })
    expect(down.out).toMatch(/over 99\.0\.0 \(commit f{12}\)\n/)
    // Writers first: no reader meets what is newer than itself.
    expect(uploads()).toEqual([GATEWAY, CONSOLE, CONSUMER])
    expect(down.out).not.toContain('the gateway was replaced before the consumer')
    expect(releaseOf(GATEWAY)).toMatchObject({ version: own.version, previous: { version: '99.0.0' } })
    expect(fake.account.scripts.get(GATEWAY)?.secrets.get('MASTER_KEY')).toBe(KEYS.MASTER_KEY)
  }, 600_000)

  it('stops if somebody else deploys meanwhile', async () => {
    await deployedOnce()
    let isFirst = true
    fake.fault = (request) => {
      // The other one uploads the gateway while this run uploads the consumer.
      if (isFirst && request.endsWith(`/scripts/${CONSUMER}`) && request.startsWith('PUT')) {
        isFirst = false
        changeSecret(fake.account.scripts.get(GATEWAY) as Script, 'ADMIN_TOKEN', 'x')
      }
      return undefined
    }
    const second = await upgrade()
    expect(second.out).toMatch(/postern-gateway-of-the-tests was deployed by somebody else meanwhile/)
    expect(second.code).toBe(1)
    expect(uploads()).toEqual([CONSUMER])
  }, 600_000)
})

/** A Worker that somebody else has made, and one of this deployment. */
const foreign = () => scriptWith({}, { versions: [], deployments: [] })
const own = () => ({ ...foreign(), secrets: new Map([['MASTER_KEY', KEYS.MASTER_KEY]]) })
const bucket = (name: string, jurisdiction: string, ...objects: string[]) =>
  fake.account.buckets.set(name, { jurisdiction, objects: new Set(objects) })
let variables: Record<string, string>
beforeEach(() => {
  variables = KEYS
})

describe('a first deployment with a domain', () => {
  const domain = ['--gateway-domain', 'hooks.example.com']

  it('has it at once, and no other address: by a token of no user, at a busy API, for a reader who leaves', async () => {
    fake.isAccountToken = true
    const busy = { status: 429, retryAfter: 0 }
    const down = { status: 503 }
    fake.fault = (request, number) =>
      number === 2 ? busy : request === 'POST /d1/database' ? once(busy) : number === 5 ? down : undefined
    const given = [...ENVIRONMENT, '--yes', ...domain]
    expect(await run(fake, 'deploy', given, KEYS, 'leaves')).toMatchObject({ code: 0 })
    expect(scripts()).toEqual([GATEWAY, CONSUMER, CONSOLE])
    expect(fake.account.domains).toMatchObject([{ hostname: 'hooks.example.com', service: GATEWAY }])
    expect(fake.account.scripts.get(GATEWAY)?.workersDev).toBe(false)
  }, 600_000)

  it('replaces a DNS record only if told so', async () => {
    fake.account.records.add('hooks.example.com')
    const refused = await deploy(...domain)
    expect(refused.out).toMatch(
      /There is a DNS record of hooks\.example\.com, .* is uploaded, without the domain\. .* --take-domain\.\n$/,
    )
    expect(refused.code).toBe(1)
    expect([[...fake.account.records], fake.account.domains]).toEqual([['hooks.example.com'], []])
    const taken = await deploy(...domain, '--take-domain')
    expect(taken.out).toContain('take    the DNS record of hooks.example.com')
    expect(taken).toMatchObject({ code: 0 })
    expect(fake.account.domains).toMatchObject([{ hostname: 'hooks.example.com', service: GATEWAY }])
  }, 600_000)

  it('adopts an own bucket that is full only if told so', async () => {
    bucket('postern-backups-of-the-tests', 'default', 'backup')
    expect((await asked('--plan')).code).toBe(1)
    const adopted = await asked('--plan', '--adopt')
    expect(adopted.out).toContain('adopt   bucket postern-backups-of-the-tests, which exists')
    expect(adopted.code).toBe(0)
  })
})

describe('exit 1, a sentence, and nothing changed', () => {
  const refuse =
    (...paths: string[]) =>
    (request: string): Fault | undefined =>
      paths.some((path) => request.startsWith(path)) ? { status: 403, code: 10000 } : undefined

  it.each<[string, () => void, RegExp, string[]?]>([
    [
      'without permissions, all named at once',
      () => (fake.fault = refuse('GET /queues', 'GET /d1')),
      /lacks Account › Queues › Edit, Account › D1 › Edit/,
    ],
    [
      'a Worker of somebody else',
      () => fake.account.scripts.set(GATEWAY, foreign()),
      /a Worker postern-gateway-of-the-tests exists/,
    ],
    [
      'a queue that another Worker consumes',
      () => {
        const consumer = {
          consumer_id: 'c',
          type: 'worker' as const,
          script: 'x',
          settings: {},
          dead_letter_queue: undefined,
        }
        fake.account.queues.set('postern-events-of-the-tests', emptyQueue('q', [consumer]))
      },
      /the queue postern-events-of-the-tests is consumed by x/,
    ],
    [
      'a domain of another Worker',
      () => fake.account.domains.push({ id: 'd', hostname: 'hooks.example.com', service: 'x' }),
      /the domain hooks.example.com belongs to the Worker x/,
      ['--gateway-domain', 'hooks.example.com'],
    ],
    [
      'a domain with a DNS record',
      () => {
        fake.account.scripts.set(GATEWAY, own())
        fake.account.records.add('hooks.example.com')
      },
      /There is a DNS record of hooks\.example\.com, which the custom domain would replace/,
      ['--gateway-domain', 'hooks.example.com'],
    ],
    [
      'the domain of another Worker of its own',
      () => {
        fake.account.scripts.set(CONSOLE, own())
        fake.account.domains.push({ id: 'd', hostname: 'hooks.example.com', service: CONSOLE })
      },
      /the domain hooks\.example\.com belongs to the Worker postern-console-of-the-tests \(--take-domain/,
      ['--gateway-domain', 'hooks.example.com'],
    ],
    [
      'a bucket that holds objects of somebody else',
      () => bucket('postern-large-of-the-tests', 'default', 'theirs'),
      /No Worker of this deployment uses postern-large-of-the-tests, and there are objects in it/,
    ],
    [
      'another jurisdiction than that of a bucket',
      () => bucket('postern-large-of-the-tests', 'default'),
      /--jurisdiction eu is not possible here: bucket postern-large-of-the-tests is in default/,
      ['--jurisdiction', 'eu'],
    ],
    [
      'another jurisdiction than that of the database',
      () =>
        fake.account.databases.set('postern-store-of-the-tests', {
          id: 'd',
          jurisdiction: 'fedramp',
          sql: new DatabaseSync(':memory:'),
        }),
      /database postern-store-of-the-tests is in fedramp/,
      ['--jurisdiction', 'eu'],
    ],
    [
      'a token that may only read, all that it lacks at once',
      () =>
        (fake.fault = (request) =>
          /^(?:POST|PUT|PATCH|DELETE)/.test(request) ? { status: 403, code: 10000 } : undefined),
      /lacks Account › Workers Scripts › Edit, Account › Queues › Edit, Account › D1 › Edit, Account › Workers R2 Storage › Edit:/,
    ],
    [
      'half of the settings of Access',
      () => (variables = { ...KEYS, ACCESS_AUD: 'a'.repeat(64) }),
      /The console is not set up: ACCESS_TEAM_DOMAIN is not a domain/,
    ],
    [
      'a variable to unset that no Worker has',
      () => undefined,
      /--unset does not know ACCESS_ROLE\. It knows EMAIL_SERVICE_SOURCE, /,
      ['--unset', 'ACCESS_ROLE'],
    ],
    [
      'the place of the objects to unset, where all that is stored would be missing',
      () => undefined,
      /--unset does not know OBJECTS_JURISDICTION\. It knows EMAIL_SERVICE_SOURCE, /,
      ['--unset', 'OBJECTS_JURISDICTION'],
    ],
    [
      'a workers.dev to drop without a domain',
      () => undefined,
      /--drop-workers-dev needs a custom domain/,
      ['--drop-workers-dev'],
    ],
    [
      'a token that is not valid',
      () => (variables = { ...KEYS, CLOUDFLARE_API_TOKEN: 'mistyped' }),
      /^CLOUDFLARE_API_TOKEN is not valid: it is mistyped, was deleted/,
    ],
    [
      'the Free plan',
      () => (fake.account.plans = ['workers_free']),
      /Free plan\. There a day has 100,000 requests/,
    ],
    ['an account without R2', () => (fake.account.hasR2 = false), /R2 is not enabled/],
    [
      'an account without a workers.dev subdomain',
      () => (fake.account.subdomain = undefined),
      /no workers.dev subdomain/,
    ],
    ['a lost network', () => (fake.fault = () => 'lost'), /did not answer .* check the network/],
  ])('%s', async (_what, change, says, more = []) => {
    change()
    const before = inventory(fake.account)
    const { code, out } = await inProcess(fake, [...ENVIRONMENT, '--yes', ...more], variables)
    expect(out).toMatch(says)
    expect(code).toBe(1)
    expect(inventory(fake.account)).toEqual(before)
  })

  it.each([
    [[], 1, /^Log in first: [^]*CLOUDFLARE_API_TOKEN\.\n$/],
    [
      ['--plan'],
      0,
      /^Log in first: [^]*make    Worker postern-gateway-of-the-tests, [^]*cost    \$5\.00 a month/,
    ],
  ])('no log-in, with %j', async (more, expected, says) => {
    const given = [...ENVIRONMENT, ...more]
    const { code, out } = await run(fake, 'deploy', given, { CLOUDFLARE_API_TOKEN: undefined })
    expect(out).toMatch(says)
    expect(code).toBe(expected)
    expect(fake.requests).toEqual([])
  })

  it('nobody to show a new master key to', async () => {
    const { code, out } = await inProcess(fake, [...ENVIRONMENT, '--yes'], {})
    expect(out).toMatch(/There is no terminal to show a new MASTER_KEY and ADMIN_TOKEN on/)
    expect(code).toBe(1)
    expect(scripts()).toEqual([])
  })
})

/** Files below the folder that hold the text. */
function filesWith(text: string, folder: string): string[] {
  if (!existsSync(folder)) return []
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return files.filter((file) => readFileSync(file, 'utf8').includes(text))
}

describe('a run that ends early', () => {
  it('leaves no secret in a file, whatever ended it, and nothing in the temporary folder', async () => {
    const folders = [
      await home,
      ...['environments', 'outputs', 'tmp'].map((name) => `${ROOT}.wrangler/${name}`),
    ]
    const found: string[][] = []
    fake.fault = (request) => {
      if (request !== `PUT /workers/scripts/${GATEWAY}`) return undefined
      // Wrangler has read the secrets and is uploading them.
      found.push(folders.flatMap((folder) => filesWith(KEYS.MASTER_KEY, folder)))
      return 'cut'
    }
    expect((await deploy()).code).toBe(null)
    expect(fake.account.scripts.get(GATEWAY)?.secrets.get('MASTER_KEY')).toBe(KEYS.MASTER_KEY)
    expect(found).toEqual([[]])
    expect(readdirSync(await home).filter((name) => name.startsWith('postern'))).toEqual([])
  })
})

describe('a crash', () => {
  it('after any request is followed by a run that completes', async () => {
    await deployedOnce()
    const whole = inventory(fake.account)
    const points = Array.from({ length: firstRequests }, (_, i) => i + 1)
    // Both states of an upload matter: done, and not done.
    const every = thorough(11, 45)
    let runs = 0
    for (const point of points.filter((number) => number % every === 0)) {
      fake.account = emptyAccount()
      fake.fault = (_request, number) => (number === point ? 'cut' : undefined)
      const killed = await deploy()
      expect({ point, code: killed.code }).toEqual({ point, code: null })
      fake.fault = () => undefined
      const next = await deploy()
      expect({ point, ...next }).toMatchObject({ point, code: 0 })
      const left = inventory(fake.account)
      // An upload that was cut off before its answer may have been repeated.
      expect(left).toEqual({ ...whole, scripts: left.scripts })
      expect(left.scripts.map(({ name, secrets, crons }) => ({ name, secrets, crons }))).toEqual(
        whole.scripts.map(({ name, secrets, crons }) => ({ name, secrets, crons })),
      )
      runs += 2
    }
    process.stderr.write(`${firstRequests} requests, ${runs} runs, all completed.\n`)
  }, 1_800_000)
})
