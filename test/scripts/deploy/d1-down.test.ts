/** The API of D1 is down while migrations are applied, as cloudflare/workers-sdk#14731 and #15449 report. A double in Wrangler's place. */
import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { folderOf } from '../../../scripts/deploy/configuration/write.ts'
import { deploy } from '../../../scripts/deploy/deploy.ts'
import { environmentNamed } from '../../../scripts/deploy/environment.ts'
import { deployOptions } from '../../../scripts/deploy/options.ts'
import type { WranglerResult } from '../../../scripts/deploy/wrangler.ts'
import { emptyAccount } from './fake/account.ts'
import { type Fake, startFake } from './fake/index.ts'
import { KEYS, depsOf, nobody } from './fake/run.ts'

let fake: Fake
beforeAll(async () => {
  fake = await startFake()
})
afterAll(async () => {
  await fake.close()
  await rm(folderOf(environmentNamed('d1-down')), { recursive: true, force: true })
})

const DOWN: WranglerResult = {
  ok: false,
  did: [],
  text: 'A request to the Cloudflare API failed.\n\ninternal error [code: 7500]',
}
const WRONG: WranglerResult = { ok: false, did: [], text: 'near "TABEL": syntax error [code: 7500x]' }
const DONE: WranglerResult = { ok: true, did: [], text: '' }

it.each<[what: string, answers: WranglerResult[], tries: number, waits: number[], says: RegExp]>([
  [
    'goes on once it is there',
    [DOWN, DOWN, DONE],
    3,
    [5_000, 30_000],
    /postern-gateway-d1-down: Wrangler failed/,
  ],
  [
    'stops before any upload if it stays down',
    [DOWN, DOWN, DOWN],
    3,
    [5_000, 30_000],
    /The API of D1 is down[^]*no migration is applied twice or by half/,
  ],
  [
    'stops at once if a migration is wrong',
    [WRONG],
    1,
    [],
    /The migrations of the database: Wrangler failed/,
  ],
])('a deployment %s', async (_what, answers, tries, waits, says) => {
  fake.account = emptyAccount()
  const asked: string[] = []
  const waited: number[] = []
  const person = nobody()
  const deps = depsOf(fake, {
    person,
    variables: KEYS,
    pause: async (ms) => void waited.push(ms),
    wrangler: async ([what = '']) => {
      asked.push(what)
      // The uploads after the migrations fail, so a message about them shows that the migrations were done.
      return what === 'd1' ? (answers[asked.length - 1] ?? DONE) : { ok: false, did: [], text: 'enough' }
    },
  })
  await expect(deploy(deps, deployOptions(['--env', 'd1-down', '--yes']))).rejects.toThrow(says)
  expect(asked.filter((what) => what === 'd1')).toHaveLength(tries)
  expect(waited).toEqual(waits)
  expect(person.printed.filter((line) => line.startsWith('The API of D1 is down'))).toHaveLength(waits.length)
})
