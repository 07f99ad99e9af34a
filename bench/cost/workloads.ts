/** The standard workloads. See `bench/mail.ts` for the recipients of the mail and its frequency. */
import { GENERIC_SOURCE, genericShot, sendgridShots } from '../deliveries.ts'
import type { Shot } from '../load.ts'
import type { World } from '../bench-world.ts'
import { senderNamed } from '../../src/simulator/senders/index.ts'

export interface Workload {
  readonly name: string
  readonly eventsADelivery: number
  /** The share of all requests. */
  readonly forgedShare: number
  /** Creates the source, and returns a function that makes deliveries to it. */
  readonly open: (world: World) => Promise<(count: number) => Promise<Shot[]>>
}

const SINGLE_BYTES = 1_024
const FORGED_KEY = 'not-the-key-0123456789-0123456789'

const singles = (name: string, source: string, forgedShare: number): Workload => ({
  name,
  eventsADelivery: 1,
  forgedShare,
  async open(world) {
    await world.put(source, GENERIC_SOURCE)
    let made = 0
    // Evenly spread: if three in ten are forged, the first three of each ten.
    const isForged = () => (made++ % 10) / 10 < forgedShare
    return async (count) =>
      Array.from({ length: count }, () => {
        const forged = isForged()
        const shot = genericShot(world.gateway, source, SINGLE_BYTES, forged ? FORGED_KEY : undefined)
        // Each from a new address, so that the failure rate limiter does not save any work.
        const address = `10.0.${(made >> 8) & 255}.${made & 255}`
        return forged ? { ...shot, headers: { ...shot.headers, 'cf-connecting-ip': address } } : shot
      })
  },
})

const sendgrid = (eventsADelivery: number): Workload => ({
  name: `SendGrid, ${eventsADelivery.toLocaleString('en-US')} events a delivery`,
  eventsADelivery,
  forgedShare: 0,
  async open(world) {
    const account = await senderNamed('sendgrid')?.open()
    if (account === undefined) throw new Error('there is no simulated SendGrid')
    const source = `sendgrid-${eventsADelivery}`
    await world.put(source, { ...account.document, requireTls: false, ratePerMinute: 1_000_000 })
    return (count) => sendgridShots(world.gateway, source, account, eventsADelivery, count)
  },
})

export const SINGLES = singles('single events of 1 KB', 'singles', 0)
export const HUNDREDS = sendgrid(100)
export const WORKLOADS: readonly Workload[] = [
  SINGLES,
  singles('single events, 30 % forged', 'forged', 0.3),
  sendgrid(10),
  HUNDREDS,
  sendgrid(1_000),
]
