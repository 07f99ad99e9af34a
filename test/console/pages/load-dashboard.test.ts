import { env } from 'cloudflare:workers'
import { beforeEach, expect, it } from 'vitest'
import type { RefusalRecord } from '../../../src/refusals/refusal.ts'
import { decision } from '../../support/decision.ts'
import { emptyStore } from '../../support/store.ts'
import { newConsole } from '../support.ts'
import { visitor } from './visitor.ts'

beforeEach(emptyStore)

const refusal = (code: string, atMs: number): RefusalRecord => ({
  requestId: crypto.randomUUID(),
  atMs,
  source: null,
  provider: null,
  code,
  status: 404,
  detail: {},
  decision: decision(),
  network: null,
})

it('shows recent alarms before newer refusals of strangers, and no old alarms', async () => {
  const here = newConsole()
  const now = here.clock.nowMs
  const report = (latest: RefusalRecord[]) => env.WATCH.getByName('watch').report({ counts: [], latest })
  const someone = visitor(here)
  await someone.enter()
  const codes = async () =>
    [...(await (await someone.get('/')).text()).matchAll(/<code>(\w+)<\/code>, answered with/g)].map(
      ([, code]) => code,
    )
  const strangers = Array.from({ length: 10 }, () => refusal('source_unknown', now))

  await report([refusal('token_reused', now - 3 * 3_600_000)])
  for (let i = 0; i < 3; i++) await report(strangers)
  expect(await codes()).toEqual(strangers.map(({ code }) => code))
  await report([refusal('token_reused', now)])
  for (let i = 0; i < 60; i++) await report(strangers)
  expect(await codes()).toEqual(['token_reused', ...strangers.slice(1).map(({ code }) => code)])
})
