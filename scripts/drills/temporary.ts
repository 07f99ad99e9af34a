/** A deployment for a drill: all Workers on free ports of this machine, in memory, and without a way out. */
import { randomBytes } from 'node:crypto'
import { type Api, apiAt } from '../../src/cli/connection/api.ts'
import { type LocalRuntime, type RuntimeOptions, startRuntime } from '../local/runtime.ts'
import { outboundFor } from '../local/served-urls.ts'

export interface TemporaryDeployment {
  readonly runtime: LocalRuntime
  readonly api: Api
  /** Without a slash at the end. */
  readonly gatewayUrl: string
}

/**
 * Starts one, and removes it whatever happens to the work.
 *
 * @param options what differs; without `outbound` nothing is reached
 */
export async function inTemporary<T>(
  masterKey: string,
  options: Partial<RuntimeOptions>,
  work: (temporary: TemporaryDeployment) => Promise<T>,
): Promise<T> {
  const token = randomBytes(24).toString('base64url')
  const runtime = await startRuntime({
    ports: { gateway: 0, console: 0 },
    onLog: () => undefined,
    outbound: outboundFor(new Map(), () => undefined),
    queueWaitSeconds: 0.1,
    ...options,
    bindings: { MASTER_KEY: masterKey, ADMIN_TOKEN: token, ...options.bindings },
  })
  try {
    const { origin } = runtime.url('gateway')
    return await work({ runtime, api: apiAt(runtime.url('console'), token), gatewayUrl: origin })
  } finally {
    await runtime.close()
  }
}
