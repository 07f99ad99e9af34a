/** Deliveries that must be refused, sent one after the other. */
import { Stop } from '../../stop.ts'
import type { Answer, Outgoing } from '../http.ts'
import type { Weakness } from '../probe.ts'
import type { ProbeSource } from '../probe-source.ts'
import type { TokenWorld } from '../world.ts'

/** Name of what is sent, as a noun: `a delivery with a changed body`. */
export type Case = readonly [name: string, delivery: Outgoing]

export const isAccepted = ({ status }: Answer): boolean => status >= 200 && status < 300

/** A new source may be unknown to a gateway for a moment. */
const KNOWN_WITHIN_MS = 10_000
const LOOK_EVERY_MS = 1_000

/** A temporary source that is known to accept genuine deliveries, so that a refusal says something. @throws {Stop} if it does not */
export async function openSource(
  world: TokenWorld,
  settings?: Readonly<Record<string, unknown>>,
): Promise<ProbeSource> {
  const source = await world.source(settings)
  const untilMs = world.nowMs() + KNOWN_WITHIN_MS
  for (;;) {
    const answer = await world.deliver(source.signed())
    if (isAccepted(answer)) return source
    if (answer.status !== 404 || world.nowMs() > untilMs) throw new Stop('no', 'control_refused', why(answer))
    await world.sleep(LOOK_EVERY_MS)
  }
}

const why = ({ status }: Answer): string =>
  status === 404
    ? 'The gateway does not know the temporary source: the console is of another deployment.'
    : `The gateway answers ${status} to a genuine delivery, so a refusal proves nothing.`

/** Yields a weakness for each that was accepted, or not answered. */
export async function* mustBeRefused(world: TokenWorld, cases: readonly Case[]): AsyncGenerator<Weakness> {
  for (const [subject, delivery] of cases) {
    const answer = await world.deliver(delivery)
    if (isAccepted(answer)) yield { subject, evidence: `The gateway answers ${answer.status} to ${subject}.` }
    else if (answer.status === 0 || (answer.status >= 500 && answer.status !== 503))
      yield { subject, severity: 'low', evidence: `The gateway ${failureOf(answer)} after ${subject}.` }
  }
}

export const failureOf = ({ status }: Answer): string =>
  status === 0 ? 'gives no answer' : `answers ${status}`
