/** The dependencies of erasures in the store, as a request of the console has them. */
import type { EnsureDeps } from '../../store/erasures/ensure.ts'
import type { RequestContext } from '../request-context.ts'

export const erasureDeps = ({
  store,
  large,
  queueSealer,
  live,
  registry,
}: Pick<RequestContext, 'store' | 'large' | 'queueSealer' | 'live' | 'registry'>): EnsureDeps => ({
  store,
  large,
  queueSealer,
  nowMs: live.nowMs,
  registry,
})
