/** A genuine delivery, sent again. Its item is understood by nobody, so that it leaves no event. */
import { Stop } from '../../stop.ts'
import { objectIn } from '../http.ts'
import type { Probe } from '../probe.ts'
import { isAccepted, openSource } from './refused.ts'

const COPIES = 3

export const replayed: Probe = {
  id: 'replayed',
  title: 'A copy of a delivery counts once.',
  severity: 'high',
  remedy:
    'Deploy an unchanged gateway of the newest version: npm run deploy. Look at postern doctor: the guard may be down.',
  needs: 'token',
  async *run(world) {
    const source = await openSource(world)
    const body = Buffer.from(
      JSON.stringify([{ event_type: 'postern.assess', at: world.nowMs(), data: null }]),
    )
    const delivery = source.signed({ body })
    const first = await world.deliver(delivery)
    if (!isAccepted(first))
      throw new Stop('no', 'control_refused', `The gateway answers ${first.status} to the original.`)
    for (let copy = 1; copy <= COPIES; copy++) {
      const { accepted, quarantined } = objectIn(await world.deliver(delivery)) ?? {}
      if ((Number(accepted) || 0) + (Number(quarantined) || 0) === 0) continue
      yield { evidence: `Copy ${copy} of a delivery was taken as a new one.` }
      return
    }
  },
}
