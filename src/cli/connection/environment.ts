/** Which deployment in the account a console belongs to, for what is asked of Cloudflare and not of the console. */
import { healthRoutes } from '../../api/health.ts'
import { WORKER_NAMES, type WorkerName } from '../../platform/worker-names.ts'
import { Stop } from '../stop.ts'
import type { Api } from './api.ts'

/** The environment whose parts have no suffix. */
export const PRODUCTION = 'production'

/** The name of a Worker, queue, database or bucket in an environment. */
export const nameIn = (environment: string, own: string): string =>
  environment === PRODUCTION ? own : `${own}-${environment}`

/** The host at `workers.dev` of a console outside production: `postern-console-staging`. */
const WORKERS_DEV = /^postern-console-([a-z0-9-]+)\.[^.]+\.workers\.dev$/

/**
 * As the console says; one older than 0.4.0 does not, and neither does one that is down: then its host at `workers.dev` tells, and
 * any other host is taken for production.
 *
 * @param api undefined to ask nobody
 */
export async function environmentOf(url: URL | null, api: Api | undefined): Promise<string> {
  const release = await api?.call(healthRoutes.getHealth).then(
    (health) => health.release,
    (cause: unknown) => {
      if (cause instanceof Stop) return null
      throw cause
    },
  )
  return release?.environment ?? WORKERS_DEV.exec(url?.hostname ?? '')?.[1] ?? PRODUCTION
}

/** A Worker as a person names it: `gateway`, or `gateway-staging`. Undefined if there is none. */
export function workerNamed(
  text: string,
): { readonly worker: WorkerName; readonly environment: string | undefined } | undefined {
  const [, name, environment] = /^([a-z]+)(?:-([a-z](?:[a-z0-9-]{0,22}[a-z0-9])?))?$/.exec(text) ?? []
  const worker = WORKER_NAMES.find((one) => one === name)
  return worker && { worker, environment }
}
