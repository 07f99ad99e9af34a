/** The nightly wake of objects whose alarm the platform may have lost. */
import { beforeAll, expect, it } from 'vitest'
import { destinationObjects } from '../../support/destinations.ts'
import { migrate, newConsole } from '../support.ts'

beforeAll(migrate)

const DOCUMENT = { url: 'https://receiver.example/events' }

it('wakes each destination each night, although one destination fails', async () => {
  const DESTINATIONS = destinationObjects()
  const failing = {
    ...DESTINATIONS,
    getByName: (name: string) => ({
      ...DESTINATIONS.getByName(name),
      ...(name === 'a' ? { wake: () => Promise.reject(new RangeError('it is down')) } : {}),
    }),
  }
  const { api, scheduled, logged } = newConsole({ DESTINATIONS: failing })
  for (const name of ['a', 'b'])
    expect((await api('PUT', `/api/destinations/${name}`, DOCUMENT)).status).toBe(201)
  await expect(scheduled()).rejects.toThrow('jobs failed: wake_objects')
  expect(logged).toContainEqual({ event: 'job_failed', handler: 'wake_objects', fault: 'RangeError' })
  expect(DESTINATIONS.calls.filter((call) => call.endsWith(' wake'))).toEqual(['b wake'])
})
