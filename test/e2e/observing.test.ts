/** The watch knows a source that only observes: what it accepts, and an attack on it. */
import { expect, it } from 'vitest'
import { MovedClock } from '../../scripts/local/moved-clock.ts'
import { jsonOf } from '../../src/simulator/http.ts'
import { signGeneric } from '../support/generic.ts'
import { simulated, untilWatched, withInstallation } from './postern.ts'

const clock = new MovedClock()
const postern = withInstallation({ clock })

const listed = async <T>(path: string, name: string): Promise<T[]> =>
  (jsonOf(await postern.console.get(path)) as Record<string, T[]>)[name] ?? []

it('an attack on a source that only observes is an incident, and what it accepts is counted', async () => {
  const storing = await postern.source('sendgrid')
  // The first stored event wakes the watch, as the test of a deployment does.
  await storing.deliver(await storing.account.deliver([simulated()], clock.nowSeconds()))
  const { name, account, deliver } = await postern.source('generic', 'observing', { observe: true })
  for (let i = 0; i < 3; i++)
    expect((await deliver(await account.deliver([simulated()], clock.nowSeconds()))).status).toBe(200)
  for (let i = 0; i < 20; i++) {
    const request = await account.deliver([simulated()], clock.nowSeconds())
    const { headers } = await signGeneric(request.body, 'not-the-secret-of-this-source', clock.nowSeconds())
    expect((await deliver({ ...request, headers })).status).toBe(401)
  }
  const incidents = () => listed<{ kind: string; source: string }>('/api/incidents', 'incidents')
  await untilWatched(clock, async () => (await incidents()).some(({ source }) => source === name))
  expect(await incidents()).toContainEqual(expect.objectContaining({ kind: 'brute_force', source: name }))
  const signals = await listed<{ accepted: number }>(`/api/sources/${name}/signals`, 'signals')
  expect(signals.reduce((sum, { accepted }) => sum + accepted, 0)).toBe(3)
  expect(await postern.events(name)).toEqual([])
}, 240_000)
