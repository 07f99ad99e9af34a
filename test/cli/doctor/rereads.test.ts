import { expect, it } from 'vitest'
import { eventRoutes } from '../../../src/api/events.ts'
import { quarantineRoutes } from '../../../src/api/quarantine.ts'
import type { Api } from '../../../src/cli/connection/api.ts'
import { rereadFindings } from '../../../src/cli/doctor/rereads.ts'
import { Stop } from '../../../src/cli/stop.ts'
import { providerNamed } from '../../../src/providers/index.ts'
import { READ_OTHERWISE } from '../../../src/providers/read-otherwise.ts'

/** A console with one source of each of these providers, of which a plan finds as much. */
const consoleWith = (providers: readonly string[], changed: number, matching: number): Api =>
  ({
    call: async (route: unknown) => {
      if (route === eventRoutes.rereadEvents) return { changed }
      if (route === quarantineRoutes.replayQuarantine) return { matching }
      return { sources: providers.map((provider) => ({ name: `our-${provider}`, provider })) }
    },
  }) as unknown as Api

it.each<[string, readonly string[], number, number, readonly string[]]>([
  ['events that mean something else', ['mailersend'], 3, 0, ['note source our-mailersend']],
  ['items in quarantine', ['mailersend'], 0, 2, ['note source our-mailersend']],
  ['nothing that differs', ['mailersend'], 0, 0, ['ok readings']],
  ['an ESP that is read as before', ['generic'], 3, 2, ['ok readings']],
  [
    'two sources',
    ['mailersend', 'generic', 'ses'],
    1,
    0,
    ['note source our-mailersend', 'note source our-ses'],
  ],
])('of a console with %s', async (_what, providers, changed, matching, expected) => {
  const findings = await rereadFindings(consoleWith(providers, changed, matching), 0)
  expect(findings.map(({ level, part }) => `${level} ${part}`)).toEqual(expected)
  if (changed > 0 && expected[0]?.startsWith('note'))
    expect(findings[0]?.todo).toBe('postern reread our-mailersend --since 30d --plan')
})

it('says that it did not look where it may not', async () => {
  const api = {
    call: async () => {
      throw new Stop('denied', 'role_too_low', 'It takes the role operator.')
    },
  } as unknown as Api
  expect(await rereadFindings(api, 0)).toMatchObject([{ level: 'unseen', part: 'readings' }])
})

it('names providers that there are', () => {
  const unknown = READ_OTHERWISE.flatMap(([, providers]) => providers).filter(
    (name) => providerNamed(name) === undefined,
  )
  expect(unknown).toEqual([])
})
