/** The end of a deployment, as a person reads it. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { deployOptions } from '../../../scripts/deploy/options.ts'
import { planFor } from '../../../scripts/deploy/plan.ts'
import { planLines } from '../../../scripts/deploy/plan-lines.ts'
import { keyMessage } from '../../../scripts/deploy/release.ts'
import { summaryLines } from '../../../scripts/deploy/summary.ts'
import { emptyAccount, scriptWith } from './fake/account.ts'
import { type Fake, startFake } from './fake/index.ts'
import { depsOf } from './fake/run.ts'

const GATEWAY = 'postern-gateway-x'
const CONSUMER = 'postern-consumer-x'
const CONSOLE = 'postern-console-x'

let fake: Fake
beforeAll(async () => {
  fake = await startFake()
})
afterAll(() => fake.close())
beforeEach(() => {
  fake.account = emptyAccount()
})

/** A Worker of an earlier version that exports these classes. */
const makeScript = (name: string, classes: readonly string[]): void => {
  const secrets = new Map(Object.entries({ ADMIN_TOKEN: 'a', MASTER_KEY: 'm' }))
  fake.account.scripts.set(name, scriptWith({ classes, secrets }))
}

it('reminds of a rotation of the master key that is not complete', async () => {
  for (const name of [GATEWAY, CONSUMER, CONSOLE]) makeScript(name, [])
  const lines = async () => summaryLines(await plan(), [], '0000-1').join('\n')
  expect(await lines()).not.toContain('rotate-master-key')
  const annotations = { 'workers/message': keyMessage('v2:22222222,v1:11111111') }
  for (const { deployments } of fake.account.scripts.values())
    deployments.unshift({ id: 'k', version: 'v', annotations, strategy: undefined })
  expect(await lines()).toMatch(/rotation of the master key is not complete: npm run rotate-master-key /)
})

it('is of a plan that names migrations with one number', async () => {
  const { survey, ...rest } = await planFor(depsOf(fake).api, deployOptions(['--env', 'x']), {})
  const database = { id: 'd', jurisdiction: undefined, applied: ['0002_mine.sql'] }
  const numbers = planLines({ ...rest, survey: { ...survey, database } }).filter((line) =>
    /number/.test(line),
  )
  expect(numbers).toEqual([
    '  number  0002_archive.sql and 0002_mine.sql have the same: give migrations of your own numbers from 9001 on',
  ])
})

const plan = () => planFor(depsOf(fake).api, deployOptions(['--env', 'x', '--adopt']), {})

const AHEAD = /the gateway was replaced before the consumer\. .* are stored by themselves within 15 minutes\./

describe('a summary', () => {
  it.each<[what: string, classesOfGateway: readonly string[], existing: readonly string[], says: boolean]>([
    [
      'a gateway that has all classes',
      ['Guard', 'Registry', 'Collector', 'RefusalLog'],
      [GATEWAY, CONSUMER, CONSOLE],
      false,
    ],
    [
      'a gateway that lacks one which the consumer binds',
      ['Guard', 'Registry'],
      [GATEWAY, CONSUMER, CONSOLE],
      true,
    ],
    ['such a gateway without a consumer', ['Guard', 'Registry'], [GATEWAY], false],
    ['nothing', [], [], false],
  ])('of a deployment over %s', async (_what, classes, existing, says) => {
    for (const name of existing) makeScript(name, name === GATEWAY ? classes : [])
    const lines = summaryLines(await plan(), [], '0000-1').join('\n')
    expect(AHEAD.test(lines)).toBe(says)
  })
})
