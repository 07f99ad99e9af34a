/** The question before a recommended containment: what gateways will do, whom it meets, and for how long. */
import { containmentRoutes } from '../../../api/containments.ts'
import { capital } from '../../../platform/capital.ts'
import { HOUR_MS } from '../../../platform/time.ts'
import type { ContainRequest, Incident } from '../../../watch/incidents/incident.ts'
import type { ConsoleContext } from '../../context.ts'
import { evidenceOf } from '../../incident-evidence.ts'
import { effectWords, measureWords } from '../../messages/containments.ts'
import { readSignals } from '../../signals.ts'
import { call } from '../call.ts'
import { Duration } from '../duration.tsx'
import { field } from '../form.tsx'
import { formRoute } from '../form-route.tsx'
import { things } from '../notices.ts'
import type { Finder } from '../route.ts'
import { INCIDENTS } from './resource.ts'

interface Asked {
  readonly incident: Incident
  readonly label: string
  readonly source: string
  readonly request: ContainRequest
  /** In numbers, whom it meets. */
  readonly meets: string
}

/** A recommended action by its label, or the first one. The form has the label alone, so it can ask for no other. */
const withAction: Finder<Asked> = (work) =>
  INCIDENTS.with(async (c, incident) => {
    const wanted = c.req.method === 'POST' ? field(c, 'contain') : c.req.query('contain')
    const found = incident.actions.find(({ label, contain }) =>
      wanted === undefined ? contain !== null : label === wanted,
    )
    if (!found?.contain || found.source === null) return INCIDENTS.leadTo(c, incident.number, 'action_gone')
    const { label, source, contain: request } = found
    return work(c, { incident, label, source, request, meets: await meetsOf(c, incident, source, request) })
  })

async function meetsOf(
  c: ConsoleContext,
  incident: Incident,
  source: string,
  request: ContainRequest,
): Promise<string> {
  if (c.req.method === 'POST') return ''
  const context = c.get('context')
  if (request.action === 'block') {
    const evidence = await evidenceOf(context, incident)
    const count = evidence?.networks.find(({ name }) => name === request.network)?.count ?? 0
    return `${things(count, 'request')} of the incident came from there.`
  }
  const span = { by: 'minute', sinceMs: context.nowMs - HOUR_MS, untilMs: context.nowMs } as const
  const points = await readSignals(context, source, span)
  if (points === undefined) return ''
  const count = points.reduce((sum, { signals }) => sum + signals.accepted, 0)
  return `In the last hour ${source} accepted ${things(count, 'request')}.`
}

export const containPage = formRoute({
  of: withAction,
  shown: ({ incident: { number }, label, source, request, meets }) => ({
    title: label,
    label: capital(measureWords({ measure: request })),
    back: [INCIDENTS.pathOf(number), `Incident ${number}`],
    lead: `${effectWords(request, source)} ${meets} It ends by itself, and can be lifted at once.`,
    hidden: { contain: label },
  }),
  values: ({ request }) => ({ seconds: 'seconds' in request ? String(request.seconds) : '' }),
  Fields: ({ thing: { request } }) => 'seconds' in request && <Duration label="For" />,
  async save(c, { incident: { number }, source, request }, { seconds }) {
    const body = { ...request, ...(seconds === '' ? {} : { seconds: Number(seconds) }), source }
    const done = await call(c, containmentRoutes.containIncident, {
      params: { number: String(number) },
      body,
    })
    if (!done.ok) return done
    const isObeyed = done.json.unreached_guards.length === 0
    return INCIDENTS.leadTo(c, number, isObeyed ? 'contained' : 'contained_later')
  },
})
