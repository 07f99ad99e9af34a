/** The store takes nothing for so long that the first queue gives up. Everything that was accepted is stored afterwards, by itself. */
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { jsonOf } from '../../src/simulator/http.ts'
import { thorough } from '../support/thorough.ts'
import { nowSeconds, simulated, until, withInstallation } from './postern.ts'

const DELIVERIES = thorough(200, 40)

const postern = withInstallation({
  ports: { gateway: 0, console: 0, consumer: 0 },
  queueWaitSeconds: 0.01,
  entries: { consumer: join(import.meta.dirname, 'entries/outage-consumer.ts') },
})

const consumer = async (path: string): Promise<{ readonly deadPutBack: number }> =>
  (await fetch(new URL(path, postern.runtime.url('consumer')))).json()

const health = async () =>
  jsonOf(await postern.console.get('/api/health')) as {
    parts: { part: string; fault: string | null }[]
    dead_letters: number
    queues: { backlog: number }[]
  }

it('stores all of it, and says meanwhile that the store is full', async () => {
  const { name, account, deliver } = await postern.source('sendgrid')
  await consumer('/down')
  for (let sent = 0; sent < DELIVERIES; sent += 1)
    expect((await deliver(await account.deliver([simulated()], nowSeconds()))).status).toBe(200)
  await until(async () => (await consumer('/')).deadPutBack >= 2 * DELIVERIES, 90_000)
  expect((await consumer('/')).deadPutBack).toBeGreaterThanOrEqual(2 * DELIVERIES)
  expect(await postern.events(name)).toEqual([])
  expect((await health()).parts).toContainEqual({ part: 'store', fault: 'DatabaseFull', bytes: null })

  await consumer('/up')
  expect(await postern.settledAt(name, DELIVERIES)).toHaveLength(DELIVERIES)
  const well = await health()
  expect(well.parts).toContainEqual({ part: 'store', fault: null, bytes: null })
  expect(well.dead_letters).toBe(0)
  expect(well.queues.map(({ backlog }) => backlog)).toEqual([0, 0, 0, 0])
}, 180_000)
