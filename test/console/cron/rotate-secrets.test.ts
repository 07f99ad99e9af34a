import { describe, expect, it } from 'vitest'
import { rotateSecrets } from '../../../src/console/jobs.ts'
import type { ConsoleRegistry } from '../../../src/console/env.ts'
import type { RequestContext } from '../../../src/console/request-context.ts'
import type { LogFields } from '../../../src/platform/log.ts'
import type { MaintenancePage, MaintenanceReport } from '../../../src/registry/rotation/contract.ts'
import { WHO } from '../../support/who.ts'

const REPORT: MaintenanceReport = {
  source: 'shop',
  slot: 'hmac',
  state: 'due',
  version: null,
  dueAtMs: 0,
  problem: null,
}

/** Runs the job with a registry that returns several pages. */
async function run(pages: readonly MaintenancePage[]) {
  const logged: LogFields[] = []
  const asked: string[] = []
  const registry = {
    secrets: {
      rotateDue: async (after: string) => {
        asked.push(after)
        return pages[asked.length - 1]
      },
    },
  } as unknown as ConsoleRegistry
  const context = {
    registry,
    who: WHO,
    log: (fields: LogFields) => logged.push(fields),
  } as unknown as RequestContext
  return { changed: await rotateSecrets.run(context), logged, asked }
}

describe('the nightly rotation of secrets', () => {
  it.each<[string, Partial<MaintenanceReport>, string]>([
    ['a value that was just generated', { state: 'waiting', version: 2 }, 'secret_waiting'],
    ['a value that is still waiting', { state: 'waiting' }, 'secret_waiting'],
    ['a value that the ESP accepted', { state: 'fresh', version: 2 }, 'secret_rotated'],
    [
      'a value that the ESP did not accept',
      { state: 'installing', problem: 'unavailable' },
      'secret_not_installed',
    ],
    ['a value that the operator must provide soon', { state: 'soon' }, 'secret_due'],
    ['a value that the operator must provide', { state: 'due' }, 'secret_due'],
    ['a secret that could not be rotated', { state: 'due', problem: 'too_many_versions' }, 'secret_due'],
  ])('tells of %s', async (_what, change, event) => {
    const { logged } = await run([{ reports: [{ ...REPORT, ...change }], swept: 0, next: null }])
    expect(logged).toEqual([
      {
        event,
        source: 'shop',
        slot: 'hmac',
        outcome: change.state,
        ...(change.problem === undefined ? {} : { code: change.problem }),
      },
    ])
  })

  it('covers all sources, and counts the changes', async () => {
    const { changed, asked } = await run([
      { reports: [{ ...REPORT, state: 'waiting', version: 2 }], swept: 3, next: 'm' },
      { reports: [{ ...REPORT, state: 'waiting' }], swept: 0, next: 'z' },
      { reports: [], swept: 1, next: null },
    ])
    expect(asked).toEqual(['', 'm', 'z'])
    expect(changed).toBe(5)
  })
})
