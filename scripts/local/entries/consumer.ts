/**
 * The consumer as deployed, which also says whether it processes a batch: the queue counts none of its messages then. Sources of the demo
 * can be given a past.
 */
import { DurableObject } from 'cloudflare:workers'
import consumer, { type ConsumerEnv, SourceWatcher as DeployedWatcher } from '../../../src/consumer/index.ts'
import type { SourcePast } from '../../../src/simulator/demo/past/seed.ts'
import type { SourceWatcherApi } from '../../../src/watch/watchers/api.ts'
import { seedSource } from '../seed-source.ts'
import type { StopAnswer } from '../stop-answer.ts'

let running = 0

export { Archive, Destination, EspAccount, Incidents } from '../../../src/consumer/index.ts'

type Given<Call extends keyof SourceWatcherApi> = Parameters<SourceWatcherApi[Call]>

export class SourceWatcher extends DurableObject implements SourceWatcherApi {
  #deployed = new DeployedWatcher(this.ctx, this.env)

  watch(...given: Given<'watch'>) {
    return this.#deployed.watch(...given)
  }

  history(...given: Given<'history'>) {
    return this.#deployed.history(...given)
  }

  forget(...given: Given<'forget'>) {
    return this.#deployed.forget(...given)
  }

  async seed(...past: SourcePast): Promise<void> {
    seedSource(this.ctx.storage, ...past)
    // Its memory is made again from what is stored.
    this.#deployed = new DeployedWatcher(this.ctx, this.env)
  }
}

export default {
  fetch: () => Response.json({ running } satisfies StopAnswer),
  async queue(batch, env, ctx) {
    running += 1
    try {
      await consumer.queue(batch, env, ctx)
    } finally {
      running -= 1
    }
  },
} satisfies ExportedHandler<ConsumerEnv>
