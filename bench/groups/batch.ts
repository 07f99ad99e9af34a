/** Cost of an event for the gateway, by the number of events in one delivery. */
import { senderNamed } from '../../src/simulator/senders/index.ts'
import { sendgridShots } from '../deliveries.ts'
import type { Effort, Finding, Group } from '../group.ts'
import { fire } from '../load.ts'
import { ratioOf, spreadOf, textOf } from '../spread.ts'
import { IDLE_CONSUMER, openWorld } from '../bench-world.ts'

const SIZES = [1, 10, 100, 1_000] as const
const AT_ONCE = 4
const EFFORT = {
  full: { rounds: 7, shots: (events: number) => Math.ceil(240 / Math.sqrt(events)) },
  quick: { rounds: 1, shots: () => AT_ONCE },
} as const

export const batch: Group = { name: 'batch', run }

async function run(effort: Effort): Promise<Finding> {
  const { rounds, shots } = EFFORT[effort]
  const world = await openWorld({ entries: { consumer: IDLE_CONSUMER } })
  try {
    const account = await senderNamed('sendgrid')?.open()
    if (account === undefined) throw new Error('there is no simulated SendGrid')
    await world.put('batches', { ...account.document, requireTls: false, ratePerMinute: 1_000_000 })
    const msAnEvent = new Map<number, number[]>(SIZES.map((events) => [events, []]))
    for (let round = 0; round <= rounds; round++) {
      for (const events of SIZES) {
        const volley = await sendgridShots(world.gateway, 'batches', account, events, shots(events))
        const { perSecond } = await fire(volley, AT_ONCE)
        if (round > 0) msAnEvent.get(events)?.push(1_000 / perSecond / events)
      }
    }
    const of = (events: number) => msAnEvent.get(events) ?? []
    return {
      title: 'Events in batches',
      notes: [
        `SendGrid deliveries of so many events, ${AT_ONCE} at once, in turns. The time is that of the whole gateway (verification, guard, normalizing, encryption, queue or bucket), divided by the events in it.`,
      ],
      columns: ['events a delivery', 'microseconds an event', 'over 100 a delivery'],
      rows: SIZES.map((events) => [
        events.toLocaleString('en-US'),
        (spreadOf(of(events)).median * 1_000).toFixed(1),
        textOf(ratioOf(of(events), of(100))),
      ]),
      readings: [{ goal: 'batch', spread: ratioOf(of(1_000), of(100)) }],
      data: Object.fromEntries(SIZES.map((events) => [events, spreadOf(of(events))])),
    }
  } finally {
    await world.runtime.close()
  }
}
