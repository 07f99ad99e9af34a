/** This version over what earlier ones have deployed, with the real Wrangler. */
import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { folderOf } from '../../../scripts/deploy/configuration/write.ts'
import { destroy } from '../../../scripts/deploy/destroy.ts'
import { environmentNamed } from '../../../scripts/deploy/environment.ts'
import { emptyAccount, inventory } from './fake/account.ts'
import { type Fake, startFake } from './fake/index.ts'
import { RECORDED, recordedAccount } from './fake/recorded.ts'
import { KEYS, depsOf, inProcess, nobody, run } from './fake/run.ts'

const GATEWAY = `postern-gateway-${RECORDED}`
const CONSUMER = `postern-consumer-${RECORDED}`
const CONSOLE = `postern-console-${RECORDED}`

const IN_ENVIRONMENT = ['--env', RECORDED]

let fake: Fake
beforeAll(async () => {
  fake = await startFake()
})
afterAll(async () => {
  await fake.close()
  await rm(folderOf(environmentNamed(RECORDED)), { recursive: true, force: true })
})
beforeEach(() => {
  fake.fault = () => undefined
})

const planned = (...more: string[]) => inProcess(fake, [...IN_ENVIRONMENT, ...more])
const deployed = (...more: string[]) => run(fake, 'deploy', [...IN_ENVIRONMENT, '--yes', ...more])
const runs = () => [...fake.account.scripts.values()].map(({ deployments }) => deployments[0]?.version)

describe('over 0.3.0', () => {
  beforeEach(() => {
    fake.account = recordedAccount('0.3.0')
  })

  it('the plan says first what has no way back, and what is removed', async () => {
    const { code, out } = await planned('--plan')
    expect(code).toBe(0)
    const [head, ...lines] = out.split('\n')
    expect(head).toMatch(/: \d+\.\d+\.\d+ .* over 0\.3\.0 /)
    expect(lines[0]).toMatch(
      /^ {2}one way there is no way back to 0\.3\.0 .* --back nor by --downgrade: .*postern-\w+-recorded gets the class Archive/,
    )
    expect(lines[1]).toMatch(/^ {2}one way from the first 02:17 UTC on, events, .* retention show/)
    expect(lines.slice(2).join('\n')).not.toContain('one way')
  })

  it('it is deployed, says nothing of it again, and refuses to go back, in words', async () => {
    const upgraded = await deployed()
    expect(upgraded).toMatchObject({ code: 0 })
    expect(upgraded.out).toContain('Applied 0002_archive.sql')
    const after = runs()
    expect((await planned('--plan')).out).not.toContain('one way')
    const back = await planned('--back', '--yes')
    expect(back.out).toMatch(
      /^There is no way back from \d+\.\d+\.\d+ .* to 0\.3\.0 .* gets the class Archive/,
    )
    expect(back.code).toBe(1)
    expect(runs()).toEqual(after)

    // The release after it goes back to it.
    const next = await run(fake, 'deploy', [...IN_ENVIRONMENT, '--yes'], {
      ...KEYS,
      EMAIL_SERVICE_SOURCE: 'mail',
    })
    expect(next).toMatchObject({ code: 0 })
    expect(runs()).not.toEqual(after)
    expect(await planned('--back', '--yes')).toMatchObject({ code: 0 })
    expect(runs()).toEqual(after)
  }, 120_000)

  it('a failed test recommends no way back', async () => {
    // Something else answers at the address of the Workers.
    fake.hostsTo = () => new URL(`${fake.hosts}/nobody`)
    const { code, out } = await deployed().finally(() => (fake.hostsTo = undefined))
    expect(out).toMatch(/Going back is not possible: There is no way back from .* gets the class Archive/)
    expect(out).not.toMatch(/or go back with|went back/)
    expect(code).toBe(1)
  }, 300_000)
})

describe('over 0.2.0, whose data nothing reads', () => {
  beforeEach(() => {
    fake.account = recordedAccount('0.2.0')
  })

  it.each([['--plan'], ['--yes'], ['--back', '--yes'], ['--downgrade', '--yes']])(
    '%s says in a sentence what to do',
    async (...more) => {
      const before = inventory(fake.account)
      const { code, out } = await planned(...more)
      expect(out).toMatch(
        /^A version before 0\.3\.0 is deployed, .*postern-gateway-recorded \(0\.2\.0\).*--env NAME, .*destroy/,
      )
      expect(code).toBe(1)
      expect(inventory(fake.account)).toEqual(before)
    },
  )

  it('destroy leaves nothing, also no queue that this version does not name, and it is deployed anew', async () => {
    const person = { ...nobody(), ask: async () => `postern-${RECORDED}` }
    fake.fault = (request) => (request === `DELETE /workers/scripts/${CONSUMER}` ? 'lost' : undefined)
    const removed = () => destroy(depsOf(fake, { person }), environmentNamed(RECORDED))
    await expect(removed()).rejects.toThrow(/did not answer/)
    fake.fault = () => undefined
    await removed()
    expect({ ...inventory(fake.account), sources: [] }).toEqual(inventory(emptyAccount()))
    expect(person.printed.join('\n')).toContain('remove queue postern-email-service-dead-recorded')
    expect(await deployed()).toMatchObject({ code: 0 })
    expect([...fake.account.scripts.keys()]).toEqual([GATEWAY, CONSUMER, CONSOLE])
  }, 120_000)
})
