/** Pauses a source for a time, as a containment: its deliveries are answered with 503, so that the ESP sends them again. */
import type { FC } from 'hono/jsx'
import { containmentRoutes } from '../../../api/containments.ts'
import type { Containment } from '../../../registry/containment/containment.ts'
import type { SourceView } from '../../../registry/sources/source.ts'
import { type RequestContext, answered } from '../../request-context.ts'
import { answerProblem } from '../answer.tsx'
import { call } from '../call.ts'
import { Action, For, When } from '../components.tsx'
import { Duration, secondsIn } from '../duration.tsx'
import { Reason } from '../form.tsx'
import { formRoute } from '../form-route.tsx'
import { SOURCES } from './resource.ts'

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

export const pausePage = formRoute<{ readonly seconds: string }, SourceView>({
  of: SOURCES.with,
  shown: ({ name }) => ({
    title: `Pause ${name}`,
    label: 'Pause it',
    back: [SOURCES.pathOf(name), name],
    lead: 'Each delivery is answered with 503, so that the ESP sends it again. ESPs try for hours, most of them for a day.',
  }),
  values: () => ({ seconds: '3600' }),
  Fields: () => (
    <>
      <Duration label="For how long" />
      <Reason />
    </>
  ),
  async save(c, { name }) {
    const body = { action: 'pause', seconds: secondsIn(c) }
    const done = await call(c, containmentRoutes.containSource, { params: { name }, body })
    return done.ok ? SOURCES.leadTo(c, name, 'paused') : done
  },
})

export const resume = SOURCES.with(async (c, { name }) => {
  const pauses = await pausesOf(c.get('context'), name)
  if (pauses === undefined) return SOURCES.noAnswer(c)
  const [lasting] = pauses
  const lifted = lasting && (await call(c, containmentRoutes.liftContainment, { params: { id: lasting.id } }))
  return lifted === undefined || lifted.ok || lifted.code === 'containment_unknown'
    ? SOURCES.leadTo(c, name, 'resumed')
    : answerProblem(c, lifted)
})

export const Pause: FC<{ name: string; lasting: Containment | undefined }> = ({ name, lasting }) =>
  lasting !== undefined && (
    <div class="notice warn">
      Paused. It ends <When at={lasting.endsAtMs} />. Each delivery is answered with 503, so that the ESP
      sends it again.
      <For role="operator">
        <Action action={`${SOURCES.pathOf(name)}/resume`} label="Resume" quiet />
      </For>
    </div>
  )
