/** Forms of one incident, which open above its page. Each does what a route of the API does, and leads back to the incident. */
import type { FC } from 'hono/jsx'
import { ASSIGNEE_MAX_CHARACTERS, TEXT_MAX_CHARACTERS, incidentRoutes } from '../../../api/incidents.ts'
import type { Incident } from '../../../watch/incidents/incident.ts'
import { call } from '../call.ts'
import { TextArea, TextField } from '../form.tsx'
import { formRoute } from '../form-route.tsx'
import type { PageRoute } from '../route.ts'
import { INCIDENTS } from './resource.ts'

interface Act {
  readonly route: (typeof incidentRoutes)[`${'acknowledge' | 'assign' | 'note' | 'resolve' | 'review'}Incident`]
  readonly done: Parameters<typeof INCIDENTS.leadTo>[2]
  /** Of the button that opens it and of its own. */
  readonly label: string
  readonly lead?: string
  readonly values: (incident: Incident) => Readonly<Record<string, string>>
  readonly Fields: FC
}

const Assignee: FC = () => (
  <TextField name="assignee" label="Who takes care of it" maxlength={ASSIGNEE_MAX_CHARACTERS} isProse />
)

export const NoteField: FC = () => (
  <TextArea name="text" label="Note" required maxlength={TEXT_MAX_CHARACTERS} />
)

/** By the last part of their address. */
export const ACTS = {
  acknowledge: {
    route: incidentRoutes.acknowledgeIncident,
    done: 'acknowledged',
    label: 'Acknowledge',
    values: () => ({ assignee: '' }),
    Fields: Assignee,
  },
  assign: {
    route: incidentRoutes.assignIncident,
    done: 'assigned',
    label: 'Assign',
    lead: 'Without a name it is given to nobody.',
    values: ({ assignee }) => ({ assignee: assignee ?? '' }),
    Fields: Assignee,
  },
  notes: {
    route: incidentRoutes.noteIncident,
    done: 'noted',
    label: 'Add the note',
    values: () => ({ text: '' }),
    Fields: NoteField,
  },
  resolve: {
    route: incidentRoutes.resolveIncident,
    done: 'resolved',
    label: 'Resolve',
    lead: 'It is over. What still lasts opens it again only if it gets worse.',
    values: () => ({ note: '' }),
    Fields: () => <TextArea name="note" label="Why" maxlength={TEXT_MAX_CHARACTERS} />,
  },
  review: {
    route: incidentRoutes.reviewIncident,
    done: 'reviewed',
    label: 'Review',
    lead: 'A second review replaces the first.',
    values: ({ review }) => ({ cause: review?.cause ?? '', lessons: review?.lessons ?? '' }),
    Fields: () => (
      <>
        <TextArea name="cause" label="What caused it" required maxlength={TEXT_MAX_CHARACTERS} />
        <TextArea name="lessons" label="What was learned" required maxlength={TEXT_MAX_CHARACTERS} />
      </>
    ),
  },
} satisfies Readonly<Record<string, Act>>

/** Fields that may be left empty. */
const OPTIONAL = ['assignee', 'note']

export const actPages: readonly PageRoute[] = Object.entries<Act>(ACTS).map(
  ([verb, { route, done, label, lead, values, Fields }]) => ({
    path: `${INCIDENTS.one}/${verb}`,
    who: 'operator',
    kind: 'dialog',
    ...formRoute({
      of: INCIDENTS.with,
      shown: ({ number }) => ({
        title: `${label}: incident ${number}`,
        label,
        back: [INCIDENTS.pathOf(number), `Incident ${number}`],
        lead,
      }),
      values,
      Fields,
      async save(c, { number, containments }, typed) {
        const body = Object.fromEntries(
          Object.entries(typed).map(([name, text]) => [
            name,
            text === '' && OPTIONAL.includes(name) ? null : text,
          ]),
        )
        const called = await call(c, route, { params: { number: String(number) }, body })
        if (!called.ok) return called
        const isContained = containments.some(
          ({ liftedAtMs, endsAtMs }) => liftedAtMs === null && endsAtMs > c.get('context').nowMs,
        )
        return INCIDENTS.leadTo(c, number, verb === 'resolve' && isContained ? 'resolved_contained' : done)
      },
    }),
  }),
)
