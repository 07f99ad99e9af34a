/** Pauses a source for a time, as a containment: its deliveries are answered with 503, so that the ESP sends them again. */
import type { FC } from 'hono/jsx'
import { containmentRoutes } from '../../../api/containments.ts'
import type { Containment } from '../../../registry/containment/containment.ts'
import { type RequestContext, answered } from '../../request-context.ts'
import { answerProblem } from '../answer.tsx'
import { call } from '../call.ts'
import { Action, For, When } from '../components.tsx'
import { SOURCES } from './resource.ts'

/** ESPs send again for hours, most of them for a day. */
const PAUSE_SECONDS = 3_600

/** Pauses that last, at most one of a source; undefined if the registry did not answer. @param name null for all sources */
export async function pausesOf(
  context: RequestContext,
  name: string | null,
): Promise<readonly Containment[] | undefined> {
  const all = await answered(context, 'registry', () => context.registry.sources.containments(name))
  return all?.filter(
    ({ measure, liftedAtMs, endsAtMs }) =>
      measure.action === 'pause' && liftedAtMs === null && endsAtMs > context.nowMs,
  )
}

export const pause = SOURCES.act(containmentRoutes.containSource, 'paused', () => ({
  body: { action: 'pause', seconds: PAUSE_SECONDS },
}))

export const resume = SOURCES.with(async (c, { name }) => {
  const pauses = await pausesOf(c.get('context'), name)
  if (pauses === undefined) return SOURCES.noAnswer(c)
  const [lasting] = pauses
  const lifted = lasting && (await call(c, containmentRoutes.liftContainment, { params: { id: lasting.id } }))
  return lifted === undefined || lifted.ok || lifted.code === 'containment_unknown'
    ? SOURCES.leadTo(c, name, 'resumed')
    : answerProblem(c, lifted)
})

interface PauseProps {
  readonly name: string
  readonly lasting: Containment | undefined
  /** Code of the notice above, whose action the button takes back. */
  readonly notice: string | null
}

export const Pause: FC<PauseProps> = ({ name, lasting, notice }) => {
  const path = SOURCES.pathOf(name)
  return lasting === undefined ? (
    <For role="operator">
      <Action action={`${path}/pause`} label={notice === 'resumed' ? 'Undo' : 'Pause for an hour'} quiet />
    </For>
  ) : (
    <div class="notice warn">
      Paused. It ends <When at={lasting.endsAtMs} />. Each delivery is answered with 503, so that the ESP
      sends it again.
      <For role="operator">
        <Action action={`${path}/resume`} label={notice === 'paused' ? 'Undo' : 'Resume'} quiet />
      </For>
    </div>
  )
}
