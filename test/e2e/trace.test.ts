/** One delivery is followed from the ESP's request to the application's answer, by its id and the log alone. */
import { expect, it } from 'vitest'
import { jsonOf } from '../../src/simulator/http.ts'
import { run } from '../cli/run.ts'
import { linesIn, strayIn } from '../support/log-lines.ts'
import { WITH_DESTINATIONS, nowSeconds, simulated, until, withInstallation } from './postern.ts'
import { Receiver } from './receiver.ts'

const SECRET = `whsec_${Buffer.alloc(32, 3).toString('base64')}`
const postern = withInstallation(WITH_DESTINATIONS)

/** Of all Workers, of a delivery with one event for one destination. */
const BYTES_MAX = 700

it('by grep, in few bytes, and by postern trace: it was accepted, stored and delivered', async () => {
  const app = new Receiver()
  app.secrets = [SECRET]
  await app.start()
  await postern.console.put('/api/destinations/app', { url: app.url, secrets: { signing_secret: SECRET } })
  const { account, deliver } = await postern.source('sendgrid', 'newsletter')
  const answer = await deliver(
    await account.deliver([simulated({ kind: 'email.bounced', bounce: 'hard' })], nowSeconds()),
  )
  const { request_id: requestId } = jsonOf(answer) as { request_id: string }
  await until(async () => postern.logs.some((line) => line.includes('delivery_attempted')))
  await app.stop()

  const found = postern.logs.filter((line) => line.includes(requestId))
  const [event] = await postern.events('newsletter')
  expect(linesIn(found)).toMatchObject([
    { event: 'delivery_accepted', request_id: requestId, source: 'newsletter', accepted: 1 },
    { event: 'batch_consumed', request_ids: [requestId], accepted: 1 },
    {
      event: 'delivery_attempted',
      request_id: requestId,
      event_id: event?.id,
      destination: 'app',
      status: 200,
      try: 1,
    },
  ])
  expect(found.join('\n').length).toBeLessThan(BYTES_MAX)
  expect(linesIn(postern.logs).flatMap(strayIn)).toEqual([])

  for (const id of [requestId, event?.id ?? '']) {
    const { code, out } = await run(
      ['trace', id, '--log', '-', '--json'],
      postern.logs.join('\n'),
      postern.reach,
    )
    const { timeline, gaps } = JSON.parse(out) as {
      timeline: { from: string; what: string }[]
      gaps: string[]
    }
    expect([code, gaps]).toEqual([0, []])
    expect(timeline.map(({ from, what }) => `${from} ${what}`).toSorted()).toEqual([
      'api attempt',
      'api event',
      'api suppression',
      'log batch_consumed',
      'log delivery_accepted',
      'log delivery_attempted',
    ])
  }
}, 60_000)
