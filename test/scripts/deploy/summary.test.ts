/** The end of a deployment, as a person reads it. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { deployOptions } from '../../../scripts/deploy/options.ts'
import { planFor } from '../../../scripts/deploy/plan.ts'
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
