/** The consumer as deployed, with bindings that `postern drill failover` can break, also those of its objects. */
import consumer, {
  Archive as DeployedArchive,
  type ConsumerEnv,
  Destination as DeployedDestination,
  Incidents as DeployedIncidents,
} from '../../../src/consumer/index.ts'
import { failing } from '../outage/bindings.ts'
import { switchedBy } from '../outage/switch.ts'

export { EspAccount, SourceWatcher } from '../../../src/consumer/index.ts'

type EnvOf<Class extends abstract new (ctx: DurableObjectState, env: never) => unknown> =
  ConstructorParameters<Class>[1]

export class Archive extends DeployedArchive {
  constructor(ctx: DurableObjectState, env: EnvOf<typeof DeployedArchive>) {
    super(ctx, failing(env))
  }
}

export class Destination extends DeployedDestination {
  constructor(ctx: DurableObjectState, env: EnvOf<typeof DeployedDestination>) {
    super(ctx, failing(env))
  }
}

export class Incidents extends DeployedIncidents {
  constructor(ctx: DurableObjectState, env: EnvOf<typeof DeployedIncidents>) {
    super(ctx, failing(env))
  }
}

export default {
  fetch: (request) => switchedBy(request) ?? new Response(null, { status: 404 }),
  queue: (batch, env, ctx) => consumer.queue(batch, failing(env), ctx),
} satisfies ExportedHandler<ConsumerEnv>
