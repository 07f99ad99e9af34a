/** Pauses a source for a time, as a containment: its deliveries are answered with 503, so that the ESP sends them again. */
import type { FC } from 'hono/jsx'
import { containmentRoutes } from '../../../api/containments.ts'
import type { Containment } from '../../../registry/containment/containment.ts'
import type { SourceView } from '../../../registry/sources/source.ts'
import { measureWords } from '../../messages/containments.ts'
import { type RequestContext, answered } from '../../request-context.ts'
import { answerProblem } from '../answer.tsx'
import { call } from '../call.ts'
import { Action, Clock, For, Shown } from '../components.tsx'
import { Duration, secondsIn } from '../duration.tsx'
import { Reason } from '../form.tsx'
import { formRoute } from '../form-route.tsx'
import { INCIDENTS } from '../incidents/resource.ts'
import { SOURCES } from './resource.ts'

/** Containments that last; undefined if the registry did not answer. @param name null for all sources */
export async function containmentsOf(
  context: RequestContext,
  name: string | null,
): Promise<readonly Containment[] | undefined> {
  const all = await answered(context, 'registry', () => context.registry.sources.containments(name))
  return all?.filter(
    ({ measure, liftedAtMs, endsAtMs }) =>
      measure.action !== 'rotate' && liftedAtMs === null && endsAtMs > context.nowMs,
  )
}

/** The pause of a source has no other beside it. */
export const isPause = ({ measure }: Containment): boolean => measure.action === 'pause'

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
  const containments = await containmentsOf(c.get('context'), name)
  if (containments === undefined) return SOURCES.noAnswer(c)
  const lasting = containments.find(isPause)
  const lifted = lasting && (await call(c, containmentRoutes.liftContainment, { params: { id: lasting.id } }))
  return lifted === undefined || lifted.ok || lifted.code === 'containment_unknown'
    ? SOURCES.leadTo(c, name, 'resumed')
    : answerProblem(c, lifted)
})

/** Other containments that last, also when their incident is over. */
export const Contained: FC<{ containments: readonly Containment[] }> = ({ containments }) =>
  containments.length > 0 && (
    <p class="notice warn">
      Contained:{' '}
      {containments.map((one, i) => (
        <>
          {i > 0 && '; '}
          <Shown text={measureWords(one)} max={200} /> until <Clock at={one.endsAtMs} />
          {one.incident !== null && (
            <>
              {' '}
              (<a href={`${INCIDENTS.pathOf(one.incident)}#containments`}>Incident {one.incident}</a>)
            </>
          )}
        </>
      ))}
      .
    </p>
  )

export const Pause: FC<{ name: string; lasting: Containment | undefined }> = ({ name, lasting }) =>
  lasting !== undefined && (
    <div class="notice warn">
      Paused. It ends at <Clock at={lasting.endsAtMs} />. Each delivery is answered with 503, so that the ESP
      sends it again.
      <For role="operator">
        <Action action={`${SOURCES.pathOf(name)}/resume`} label="Resume" quiet />
      </For>
    </div>
  )
