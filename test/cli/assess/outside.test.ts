/** Each probe from outside: it finds nothing at the real Workers, and the weakness that is planted in front of them. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { assess } from '../../../src/cli/assess/assess.ts'
import { OUTSIDE } from '../../../src/cli/assess/outside/index.ts'
import type { Report } from '../../../src/cli/assess/report.ts'
import { type Postern, startPostern } from '../../e2e/postern.ts'
import { NO_TERMINAL } from '../run.ts'
import { type Planted, type Weakness, json, plantedAt } from './planted.ts'

let postern: Postern
let gateway: Planted
let console: Planted
beforeAll(async () => {
  postern = await startPostern()
  gateway = await plantedAt(postern.runtime.url('gateway'))
  console = await plantedAt(postern.runtime.url('console'))
})
afterAll(async () => {
  await gateway?.close()
  await console?.close()
  await postern?.runtime.close()
})

const run = (ids: readonly string[], environment: Record<string, string> = {}): Promise<Report> =>
  assess(
    {
      gateway: gateway.url,
      console: console.url.href,
      probes: OUTSIDE.filter(({ id }) => ids.includes(id)),
    },
    {
      stdin: async () => Buffer.from(''),
      stdinParts: async function* () {},
      print: () => undefined,
      terminal: NO_TERMINAL,
      environment: {
        POSTERN_CONFIG: '/nonexistent',
        POSTERN_TOKEN: postern.secrets.ADMIN_TOKEN,
        ...environment,
      },
      nowSeconds: 0,
      nowMs: Date.now,
      sleep: (ms) => sleep(ms),
      endedByPerson: () => new AbortController().signal,
    },
    () => undefined,
  )

interface Planting {
  readonly probe: string
  readonly weakness: string
  readonly at: 'gateway' | 'console'
  readonly plant: Weakness
  /** Part of the evidence. */
  readonly finds: RegExp
}

const PLANTINGS: readonly Planting[] = [
  {
    probe: 'unknown-token',
    weakness: 'a console that takes any token',
    at: 'console',
    plant: (asked, forward) => (asked.path === '/api/tokens' ? json(200, { tokens: [] }) : forward()),
    finds: /With a wrong token it answers 200/,
  },
]

describe('a probe from outside', () => {
  it('finds nothing at the real Workers', async () => {
    gateway.plant()
    console.plant()
    const report = await run(OUTSIDE.map(({ id }) => id))
    expect(report.findings).toEqual([])
    expect(report.probes.filter(({ outcome }) => outcome !== 'passed')).toEqual([])
    expect(report.left_behind).toEqual([])
  })

  it.each(PLANTINGS)('$probe finds $weakness', async ({ probe, at, plant, finds }) => {
    gateway.plant()
    console.plant()
    ;(at === 'gateway' ? gateway : console).plant(plant)
    const { findings } = await run([probe])
    expect(findings.map((one) => one.evidence).join('\n')).toMatch(finds)
  })

  it('has a planted weakness', () => {
    const planted = new Set(PLANTINGS.map(({ probe }) => probe))
    expect(OUTSIDE.map(({ id }) => id).filter((id) => !planted.has(id))).toEqual([])
  })
})
