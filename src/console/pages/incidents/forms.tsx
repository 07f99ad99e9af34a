/** The forms with which a person takes care of an incident. */
import type { Child, FC } from 'hono/jsx'
import { ASSIGNEE_MAX_CHARACTERS, TEXT_MAX_CHARACTERS } from '../../../api/incidents.ts'
import type { Incident } from '../../../watch/incidents/incident.ts'
import { isOver } from '../../incidents.ts'
import { actorName } from '../../messages/actor.ts'
import { Empty, Facts, Part, Shown, ShownLines, When } from '../components.tsx'
import { Form, TextArea, TextField } from '../form.tsx'
import { useMay } from '../view.ts'
import { INCIDENTS } from './resource.ts'

/** Fields of all forms of the page. */
export const TYPED_FIELDS = ['assignee', 'text', 'note', 'cause', 'lessons']

interface TypedProps {
  /** Values of the form that was sent and refused. */
  readonly typed: Readonly<Record<string, string>>
}

interface IncidentProps extends TypedProps {
  readonly incident: Incident
}

const Assignee: FC<{ id: string; label: string; value: string | null }> = ({ id, label, value }) => (
  <TextField
    id={id}
    name="assignee"
    label={label}
    maxlength={ASSIGNEE_MAX_CHARACTERS}
    value={value ?? ''}
    isProse
  />
)

/** Says that somebody takes care of it: then nobody is reminded any more. */
export const Acknowledge: FC<IncidentProps> = ({ incident, typed }) => {
  const { acknowledgedMs, assignee, number } = incident
  const mayAct = useMay('operator')
  if (isOver(incident)) return <Empty>It is over: nobody has to acknowledge it.</Empty>
  if (acknowledgedMs !== null)
    return (
      <p>
        Somebody takes care of it since <When at={acknowledgedMs} />. Nobody is reminded any more.
      </p>
    )
  if (incident.isPartial)
    return (
      <Empty>
        It is also about sources that you do not see: whoever sees all of them acknowledges it. You can add
        notes and contain your own.
      </Empty>
    )
  if (!mayAct) return <Empty>Nobody has acknowledged it. An operator can.</Empty>
  return (
    <Form action={`${INCIDENTS.pathOf(number)}/acknowledge`} label="Acknowledge">
      <Assignee id="acknowledged-by" label="Who takes care of it" value={typed['assignee'] || assignee} />
    </Form>
  )
}

interface FoldProps extends TypedProps {
  /** Whether its form is shown at once, as after a problem. */
  readonly isOpen: boolean
}

/** A form that is not needed at once: one line until somebody opens it. */
const Fold: FC<Pick<FoldProps, 'isOpen'> & { title: string; children?: Child }> = ({
  title,
  isOpen,
  children,
}) => (
  <details class="fold" open={isOpen}>
    <summary>{title}</summary>
    {children}
  </details>
)

/** Says who takes care of it, also after it was acknowledged. Before that, the form above asks for the same. */
export const Assign: FC<IncidentProps & FoldProps> = ({ incident, isOpen, typed }) =>
  (incident.acknowledgedMs !== null || isOver(incident)) && (
    <Fold title="Give it to somebody" isOpen={isOpen}>
      <Form action={`${INCIDENTS.pathOf(incident.number)}/assign`} label="Assign" quiet>
        <Assignee id="assignee" label="Assignee, or nobody" value={typed['assignee'] || incident.assignee} />
      </Form>
    </Fold>
  )

export const AddNote: FC<FoldProps & { path: string }> = ({ path, isOpen, typed }) => (
  <Fold title="Write a note" isOpen={isOpen}>
    <Form action={`${path}/notes`} label="Add the note" quiet typed={typed}>
      <TextArea name="text" label="Note" required maxlength={TEXT_MAX_CHARACTERS} />
    </Form>
  </Fold>
)

/** Ends it. */
export const Resolve: FC<FoldProps & { path: string }> = ({ path, isOpen, typed }) => (
  <Fold title="It is over" isOpen={isOpen}>
    <p class="soft">What still lasts opens it again only if it gets worse.</p>
    <Form action={`${path}/resolve`} label="Resolve" typed={typed}>
      <TextArea name="note" label="Why" maxlength={TEXT_MAX_CHARACTERS} />
    </Form>
  </Fold>
)

/** Cause and lessons of an incident. The form is shown once the incident is over; a second review replaces the first. */
export const Review: FC<IncidentProps> = ({ incident, typed }) => {
  const { review, isPartial } = incident
  const mayReview = useMay('operator') && !isPartial
  return (
    <Part id="review" title="Review" lead="What caused it, and what was learned.">
      {review !== null && (
        <Facts
          rows={[
            ['Cause', <ShownLines text={review.cause} max={TEXT_MAX_CHARACTERS} />],
            ['Lessons', <ShownLines text={review.lessons} max={TEXT_MAX_CHARACTERS} />],
            ['By', <Shown text={actorName(review.by)} max={200} />],
            ['When', <When at={review.atMs} />],
          ]}
        />
      )}
      {!isOver(incident) ? (
        <Empty>Resolve the incident first, then review it.</Empty>
      ) : mayReview ? (
        <Form
          action={`${INCIDENTS.pathOf(incident.number)}/review`}
          label={review === null ? 'Review' : 'Replace the review'}
          typed={{
            cause: typed['cause'] || (review?.cause ?? ''),
            lessons: typed['lessons'] || (review?.lessons ?? ''),
          }}
        >
          <TextArea name="cause" label="What caused it" required maxlength={TEXT_MAX_CHARACTERS} />
          <TextArea name="lessons" label="What was learned" required maxlength={TEXT_MAX_CHARACTERS} />
        </Form>
      ) : (
        review === null && !isPartial && <Empty>Nobody has reviewed it yet.</Empty>
      )}
    </Part>
  )
}
