import { expect, it } from 'vitest'
import type { Api } from '../../../src/cli/connection/api.ts'
import { environmentOf, workerNamed } from '../../../src/cli/connection/environment.ts'
import { Stop } from '../../../src/cli/stop.ts'

const saying = (release: object | null) => ({ call: async () => ({ release }) }) as unknown as Api
const down = { call: () => Promise.reject(new Stop('denied', 'not_reached', 'No.')) } as unknown as Api
const OWN = 'https://postern.example.com'
const STAGING = 'https://postern-console-staging.example.workers.dev'

it.each<[string, string | null, Api | undefined, string]>([
  ['says it', OWN, saying({ environment: 'staging' }), 'staging'],
  ['says it at another host', STAGING, saying({ environment: 'trial' }), 'trial'],
  ['of an older version says nothing', OWN, saying({}), 'production'],
  ['of an older version says nothing, and has the name', STAGING, saying({}), 'staging'],
  ['is down, and has the name', STAGING, down, 'staging'],
  ['is down', OWN, down, 'production'],
  ['of production has no name', 'https://postern-console.example.workers.dev', down, 'production'],
  ['is none', null, undefined, 'production'],
])('the environment is known where the console %s', async (_what, url, api, name) => {
  expect(await environmentOf(url === null ? null : new URL(url), api)).toBe(name)
})

it.each([
  ['gateway', 'gateway', undefined],
  ['gateway-staging', 'gateway', 'staging'],
  ['console-production', 'console', 'production'],
])('%s is a Worker', (text, worker, name) => {
  const found = workerNamed(text)
  expect([found?.worker, found?.environment]).toEqual([worker, name])
})

it.each(['', 'gate', 'gateway-', 'gateway-X', 'gateway-staging-', 'gatewaystaging', 'postern-gateway'])(
  '%j is none',
  (text) => expect(workerNamed(text)).toBeUndefined(),
)
