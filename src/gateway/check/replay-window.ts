/** Check `replay`, its first half: how old a signature may be. The other half is the claim in `guard/`. */
import type { Provider } from '../../providers/provider.ts'
import type { Source } from '../../registry/sources/source.ts'
import { type Outcome, pass, refuse } from '../outcome.ts'

/** The source's window, else the provider's, in seconds. The claim is remembered at least as long. */
export const windowSecondsOf = ({ config }: Source, provider: Provider): number =>
  config.replayWindowSeconds ?? provider.replayWindowSeconds

/**
 * Passes when the sender signed within the window, before or after now. Where nothing signs a time the claim does the
 * whole work.
 */
export function replayWindow(
  signedAtSeconds: number | undefined,
  windowSeconds: number,
  nowSeconds: number,
): Outcome<void> {
  if (signedAtSeconds === undefined) return pass(undefined)
  const ageSeconds = nowSeconds - signedAtSeconds
  return Math.abs(ageSeconds) <= windowSeconds
    ? pass(undefined)
    : refuse({ code: 'timestamp_outside_window', ageSeconds, windowSeconds })
}
