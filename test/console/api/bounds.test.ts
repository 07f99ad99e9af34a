/** How much one call of any route that lists something gives. */
import { beforeAll, describe, expect, it } from 'vitest'
import type { BoundRoute } from '../../../src/console/api/route.ts'
import { ROUTES } from '../../../src/console/api/index.ts'
import type { Schema } from '../../../src/api/route.ts'
import { takes } from '../../../src/api/client.ts'
import { ensureSources } from '../credentials.ts'
import { type TestConsole, migrate, newConsole } from '../support.ts'

const NAME = 'bounds'
let here: TestConsole

beforeAll(async () => {
  await migrate()
  here = newConsole()
  await ensureSources(here, [NAME])
  await here.api('PUT', `/api/destinations/${NAME}`, { url: 'https://app.example.com/hook' })
})

/** Bounds of lists that have no pages. A list without a bound has no row here. */
const BOUNDS: Readonly<Record<string, string>> = {
  '/api/backups': 'thirty nights, and those that an admin makes',
  '/api/channels': '20 channels',
  '/api/counters': '1,000 hours of sources a page, and 1,000 sums',
  '/api/deliverability': '200 values, or 100 days',
  '/api/deliverability/times': 'sources among the newest 1,000 events',
  '/api/destinations/{name}': 'the slots of one destination, and 24 hours',
  '/api/drills': 'the reports that admins have stored',
  '/api/drills/{id}': 'one report',
  '/api/events/{id}': 'one event',
  '/api/health': 'one line for each part',
  '/api/incidents/{number}/report': 'as the incident',
  '/api/incidents/{number}': 'the timeline has 200 entries and 200,000 characters',
  '/api/master-key': 'one line for each place',
  '/api/messages': '1,000 recipients',
  '/api/providers': 'the providers that are known',
  '/api/refusals/{request_id}': 'one refusal',
  '/api/policy/explain/{address}': 'a hundred bounces of a person are kept',
  '/api/retention': 'the kinds that are known, and holds that an operator has put',
  '/api/sessions': 'a credential has a number of sessions',
  '/api/sources/{name}': 'the slots of one source',
  '/api/sources/{name}/capture': 'the deliveries that one capture keeps',
  '/api/sources/{name}/signals': 'the minutes or hours of the chart',
  '/api/sources/{name}/suppression-sync': 'a row for each kind, reason and scope, and twenty examples',
  '/api/tokens': 'a number of tokens',
}

/** Whether an answer has a list at its top. */
const lists = ({ answer }: BoundRoute): boolean =>
  Object.values((answer as { readonly entries?: Readonly<Record<string, Schema>> }).entries ?? {}).some(
    ({ type }) => type === 'array',
  )

const LISTS = ROUTES.filter((route) => route.method === 'GET' && lists(route))
const pathOf = ({ path }: BoundRoute): string => path.replaceAll(/\{\w+\}/g, NAME)
const taking = (parameter: 'limit' | 'cursor') =>
  LISTS.filter((route) => takes(route, parameter)).map((route) => [route.path, pathOf(route)] as const)

describe('a GET route that lists something', () => {
  it('takes a limit, or has a bound that is named here', () => {
    const unnamed = LISTS.filter((route) => !takes(route, 'limit')).map(({ path }) => path)
    expect(unnamed.toSorted()).toEqual(Object.keys(BOUNDS).toSorted())
  })

  it.each(taking('limit'))('takes no higher limit than 500: %s', async (_path, path) => {
    expect((await here.api('GET', `${path}?limit=501`)).json).toMatchObject({
      code: 'parameter_invalid',
      problems: [{ path: 'limit' }],
    })
  })

  it.each(taking('cursor'))('refuses what cannot be a cursor: %s', async (_path, path) => {
    for (const cursor of ['!', 'x.y', '---!']) {
      const { status, json } = await here.api('GET', `${path}?cursor=${encodeURIComponent(cursor)}`)
      expect([cursor, status, json]).toMatchObject([
        cursor,
        400,
        { code: 'parameter_invalid', problems: [{ path: 'cursor' }] },
      ])
    }
  })
})
