/** Output and questions for a person at the terminal. */
import { PassThrough } from 'node:stream'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { DeployedWorker } from '../../../scripts/deploy/account/workers.ts'
import { configurations } from '../../../scripts/deploy/configuration/write.ts'
import { deploy } from '../../../scripts/deploy/deploy.ts'
import { destroy } from '../../../scripts/deploy/destroy.ts'
import { marksOf } from '../../../scripts/deploy/keys.ts'
import { environmentNamed } from '../../../scripts/deploy/environment.ts'
import { deployOptions } from '../../../scripts/deploy/options.ts'
import { missingSecrets, secretValues } from '../../../scripts/deploy/steps/secrets.ts'
import { type Person, personAt } from '../../../scripts/deploy/terminal.ts'
import type { WorkerName } from '../../../src/platform/worker-names.ts'
import { emptyAccount, emptyQueue, inventory, scriptWith } from './fake/account.ts'
import { type Fake, startFake } from './fake/index.ts'
import { depsOf } from './fake/run.ts'

const typing = (answer: string): Person & { readonly shown: string[] } => {
  const shown: string[] = []
  return {
    shown,
    print: (line) => shown.push(line),
    show: (line) => shown.push(line),
    ask: async () => answer,
    askHidden: async () => answer,
  }
}

const KEY = `v1:${Buffer.alloc(32, 5).toString('base64')}`

const withKey = async (masterKey: string): Promise<ReadonlyMap<WorkerName, DeployedWorker>> =>
  new Map([
    [
      'gateway',
      {
        name: 'postern-gateway',
        secrets: ['MASTER_KEY'],
        deployments: [],
        vars: {},
        bound: [],
        isOnWorkersDev: true,
        release: undefined,
        masterKey: await marksOf(masterKey),
      },
    ],
  ])

describe('secrets', () => {
  const missing = async (deployed: ReadonlyMap<WorkerName, DeployedWorker>) =>
    missingSecrets(await configurations(environmentNamed('production'), {}), deployed)

  it('are shown once, before any Worker has them', async () => {
    const person = typing('kept')
    const values = await secretValues(await missing(new Map()), new Map(), {}, person)
    expect([...values.keys()]).toEqual(['MASTER_KEY', 'ADMIN_TOKEN'])
    for (const value of values.values())
      expect(person.shown.filter((line) => line.includes(value))).toHaveLength(1)
  })

  it('are not used unless the person has kept them', async () => {
    const asked = secretValues(await missing(new Map()), new Map(), {}, typing('what?'))
    await expect(asked).rejects.toThrow(/Nothing was changed/)
  })

  it('that one Worker has already are asked for, and another key is refused', async () => {
    const deployed = await withKey(KEY)
    const wanted = await missing(deployed)
    const token = { ADMIN_TOKEN: 'the-token-of-this-test' }
    const values = await secretValues(wanted, deployed, token, typing(KEY))
    expect(values.get('MASTER_KEY')).toBe(KEY)
    const other = secretValues(wanted, deployed, token, typing(KEY.replace('v1', 'v2')))
    await expect(other).rejects.toThrow(/not the one that postern-gateway has/)
    const whole = new Map([...wanted].map(([worker]) => [worker, []]))
    const given = secretValues(whole, deployed, { MASTER_KEY: KEY.replace('BQUF', 'BQUG') }, typing(''))
    await expect(given).rejects.toThrow(/not the one that postern-gateway has/)
    await expect(secretValues(whole, deployed, { MASTER_KEY: KEY }, typing(''))).resolves.toEqual(new Map())
    const nobody = secretValues(wanted, deployed, token, { ...typing(''), ask: undefined })
    await expect(nobody).rejects.toThrow(/Run again with MASTER_KEY set/)
  })
})

describe('secrets that are given', () => {
  const HEX = 'a'.repeat(48)
  it.each([
    ['MASTER_KEY', 'foo', /MASTER_KEY is malformed: it must be "v1:"/],
    ['MASTER_KEY', KEY.slice(0, -8), /MASTER_KEY is malformed/],
    ['MASTER_KEY', KEY.replace('v1:', ''), /MASTER_KEY is malformed/],
    ['MASTER_KEY', `${KEY},${KEY}`, /MASTER_KEY is malformed/],
    ['ADMIN_TOKEN', 'tiny', /ADMIN_TOKEN is shorter than 16 characters/],
    ['ADMIN_TOKEN', `${HEX} and more`, /ADMIN_TOKEN has characters other than visible ASCII/],
  ])('%s as %j is refused, and not repeated', async (name, value, sentence) => {
    const wanted = missingSecrets(await configurations(environmentNamed('production'), {}), new Map())
    const person = typing('kept')
    const asked = secretValues(
      wanted,
      new Map(),
      { MASTER_KEY: KEY, ADMIN_TOKEN: HEX, [name]: value },
      person,
    )
    await expect(asked).rejects.toThrow(sentence)
    await expect(asked).rejects.not.toThrow(value)
    expect(person.shown).toEqual([])
  })
})

let fake: Fake
beforeAll(async () => {
  fake = await startFake()
})
afterAll(() => fake.close())
beforeEach(() => {
  fake.account = emptyAccount()
  fake.fault = () => undefined
})

describe('deploy', () => {
  it.each([
    ['n', /Deploy this\? \[y\/N\] $/],
    ['', /Deploy this\? \[y\/N\] $/],
    // To the plan yes, and to the question for the secrets something else.
    ['y', /Type "kept" when you have: $/],
  ])('changes nothing if the person answers %j', async (answer, lastQuestion) => {
    const asked: string[] = []
    const person = typing(answer)
    const ask = async (question: string) => {
      asked.push(question)
      return answer
    }
    const deps = depsOf(fake, { person: { ...person, ask } })
    const deployed = deploy(deps, deployOptions(['--env', 'asked']))
    await expect(deployed).rejects.toThrow(/^Nothing was changed\./)
    expect(asked.at(-1)).toMatch(lastQuestion)
    expect(person.shown.join('\n')).toContain('make    database postern-store-asked')
    expect(inventory(fake.account)).toEqual(inventory(emptyAccount()))
  })
})

describe('two people at once', () => {
  it('do not overwrite the master key of a deployment that was made while one of them kept hers', async () => {
    const other = new Map([['MASTER_KEY', KEY]])
    const ask = async (question: string) => {
      if (!question.includes('kept')) return 'y'
      fake.account.scripts.set('postern-gateway-asked', scriptWith({ secrets: other }))
      return 'kept'
    }
    const deps = depsOf(fake, { person: { ...typing(''), ask } })
    const deployed = deploy(deps, deployOptions(['--env', 'asked']))
    await expect(deployed).rejects.toThrow(/^postern-gateway-asked was deployed by somebody else meanwhile/)
    expect(fake.account.scripts.get('postern-gateway-asked')?.secrets).toEqual(other)
    expect(fake.account.queues.size).toBe(0)
  })
})

describe('destroy', () => {
  beforeEach(() => {
    const bindings = [
      { type: 'queue', name: 'EVENTS', queue_name: 'postern-events-x' },
      { type: 'r2_bucket', name: 'LARGE', bucket_name: 'postern-large-x' },
    ]
    const secrets = new Map([['MASTER_KEY', KEY]])
    for (const name of ['postern-gateway-x', 'postern-console-x'])
      fake.account.scripts.set(name, scriptWith({ bindings, secrets }))
    fake.account.queues.set('postern-events-x', emptyQueue('q'))
    fake.account.queues.set('postern-events', emptyQueue('p'))
    fake.account.buckets.set('postern-large-x', { jurisdiction: 'eu', objects: new Set(['a/1', 'b', 'c']) })
    fake.account.domains.push({ id: 'd', hostname: 'hooks.example.com', service: 'postern-gateway-x' })
  })

  const destroyed = async (answer: string) => {
    const person = typing(answer)
    await destroy(depsOf(fake, { person }), environmentNamed('x'))
    return person
  }

  it('removes what the environment has, with its data, and nothing of another', async () => {
    await destroyed('postern-x')
    const empty = inventory(emptyAccount())
    expect(inventory(fake.account)).toEqual({
      ...empty,
      queues: [{ name: 'postern-events', jurisdiction: undefined, consumers: [], retention: 345_600 }],
    })
  })

  it('leaves what has its names and no Worker of it uses', async () => {
    fake.account.buckets.set('postern-backups-x', { jurisdiction: 'default', objects: new Set(['theirs']) })
    fake.account.queues.set('postern-dead-x', emptyQueue('r'))
    const { shown } = await destroyed('postern-x')
    expect(shown.join('\n')).toContain(
      'leave  bucket postern-backups-x: no Worker of this deployment uses it',
    )
    expect([...fake.account.buckets.keys()]).toEqual(['postern-backups-x'])
    expect([...fake.account.queues.keys()]).toEqual(['postern-events', 'postern-dead-x'])
    expect((await destroyed('postern-x')).shown[0]).toBe('There is no deployment postern-x in this account.')
    expect([...fake.account.buckets.keys()]).toEqual(['postern-backups-x'])
  })

  it.each(['', 'postern', 'y', 'x'])('does nothing for %j', async (answer) => {
    const before = inventory(fake.account)
    await expect(destroyed(answer)).rejects.toThrow(/Nothing was removed/)
    expect(inventory(fake.account)).toEqual(before)
  })

  it.each([
    'DELETE /workers/scripts/postern-gateway-x',
    'DELETE /queues/q',
    'DELETE /r2/buckets/postern-large-x/objects',
    'DELETE /workers/scripts/postern-console-x',
  ])('goes on where it was cut off: at %s', async (request) => {
    fake.fault = (asked) => (asked === request ? 'lost' : undefined)
    await expect(destroyed('postern-x')).rejects.toThrow(/did not answer/)
    fake.fault = () => undefined
    await destroyed('postern-x')
    expect(fake.account.scripts.size).toBe(0)
    expect([...fake.account.queues.keys()]).toEqual(['postern-events'])
    expect(fake.account.buckets.size).toBe(0)
  })
})

describe('the streams', () => {
  it.each([
    ['all are a terminal', [true, true, true], true],
    ['the output is a file or a pipe', [true, false, true], true],
    ['the notes are a file or a pipe, too', [true, false, false], false],
    ['only the notes are a file', [true, true, false], false],
    ['nobody is at the keyboard', [false, true, true], false],
  ] as const)('if %s', async (_what, [input, output, errors], isAsked) => {
    const stream = (isTTY: boolean) => Object.assign(new PassThrough({ encoding: 'utf8' }), { isTTY })
    const [keyboard, out, notes] = [stream(input), stream(output), stream(errors)]
    const person = personAt({ input: keyboard, output: out, errors: notes })
    expect(person.ask !== undefined).toBe(isAsked)
    person.print('plan')
    const shown = secretValues(new Map([['gateway', ['MASTER_KEY']]]), new Map(), {}, person)
    if (isAsked) keyboard.write('kept\r')
    await (isAsked ? shown : expect(shown).rejects.toThrow(/There is no terminal to show a new MASTER_KEY/))
    for (const one of [out, notes]) one.end()
    expect((await out.toArray()).join('')).toBe('plan\n')
    expect((await notes.toArray()).join('').includes('MASTER_KEY   v1:')).toBe(isAsked)
  })
})

describe('options', () => {
  it.each([
    [['--plan', '--back']],
    [['--plan', '--yes']],
    [['--back', '--dry-run']],
    [['--print', '--plan']],
    [['--back', '--yes', '--free']],
    [['--back', '--gateway-domain', 'hooks.example.com']],
    [['--dry-run', '--yes']],
  ])('%j exclude each other', (given) => {
    const exit = vi.spyOn(process, 'exit').mockImplementation(() => {
      throw new Error('exit')
    })
    const said = vi.spyOn(process.stderr, 'write').mockImplementation(() => true)
    expect(() => deployOptions(given)).toThrow('exit')
    expect(String(said.mock.calls[0]?.[0])).toMatch(/cannot be used with option/)
    exit.mockRestore()
    said.mockRestore()
  })

  it('name two hosts', () => {
    const both = ['--gateway-domain', 'a.example.com', '--console-domain', 'a.example.com']
    expect(() => deployOptions(both)).toThrow(/cannot both be at a\.example\.com/)
  })
})
