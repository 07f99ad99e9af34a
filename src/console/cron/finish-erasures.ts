/** Ends erasures of people that a crash or a fault has left unfinished, and adopts those of a registry that was lost. */
import { MINUTE_MS } from '../../platform/time.ts'
import { goOn } from '../people/erase.ts'
import { adoptErasures } from '../people/erasure-copies.ts'
import type { Job } from './job.ts'

const RUN_MS = 3 * MINUTE_MS

/** Of one run: some calls for each. */
const ERASURES_MAX = 50

export const finishErasures: Job = {
  name: 'finish_erasures',
  async run(context) {
    const { registry, live } = context
    const untilMs = live.nowMs() + RUN_MS
    const mayGoOn = () => live.nowMs() < untilMs
    const { damaged } = await adoptErasures(context)
    const unfinished = await registry.erasures.unfinished(ERASURES_MAX)
    let finished = 0
    for (const erasure of unfinished) {
      if (!mayGoOn() || (await goOn(context, erasure, mayGoOn)) === 'running') break
      finished++
    }
    if (damaged > 0) throw new ErasureCopyDamaged(`${damaged} copies of erasures cannot be read`)
    if (finished < unfinished.length) throw new ErasuresUnfinished('erasures are not finished')
    return finished
  },
}

/** Their names are in the log, and the run counts as failed. */
class ErasuresUnfinished extends Error {
  override readonly name = 'ErasuresUnfinished'
}
class ErasureCopyDamaged extends Error {
  override readonly name = 'ErasureCopyDamaged'
}
