/** Forms of one incident: who takes care of it, notes, its end, and the review afterwards. */
import type { Child, FC } from 'hono/jsx'
import { ASSIGNEE_MAX_CHARACTERS, TEXT_MAX_CHARACTERS } from '../../../api/incidents.ts'
import type { DocumentProblem } from '../../../platform/document-problems.ts'
import type { Incident } from '../../../watch/incidents/incident.ts'
import { isOver } from '../../incidents.ts'
import { actorName } from '../../messages/actor.ts'
import { Empty, Facts, Part, Shown, ShownLines, When } from '../components.tsx'
import { Form, TextArea, TextField } from '../form.tsx'
import { useMay } from '../view.ts'
import { INCIDENTS } from './resource.ts'

type Typed = Readonly<Record<string, string>>

/** A form that was sent and refused. */
export interface Sent {
  /** The last part of its address. */
  readonly verb: string
  readonly typed: Typed
  readonly problems: readonly DocumentProblem[]
}

interface IncidentProps {
  readonly incident: Incident
  readonly sent: Sent | undefined
}

interface ActProps extends IncidentProps {
  readonly verb: Sent['verb']
  readonly label: string
  /** The line in place of the form until somebody opens it; absent if it is needed at once. */
  readonly fold?: string
  readonly typed?: Typed
  readonly children?: Child
}

const Act: FC<ActProps> = ({ incident, sent, verb, label, fold, typed, children }) => {
  const refused = sent?.verb === verb ? sent : undefined
  const form = (
    <Form
      action={`${INCIDENTS.pathOf(incident.number)}/${verb}`}
      label={label}
      look={fold === undefined ? undefined : 'quiet'}
      typed={refused?.typed ?? typed ?? {}}
      problems={refused?.problems}
    >
      {children}
    </Form>
  )
  if (fold === undefined) return form
  return (
    <details class="fold" open={refused !== undefined}>
      <summary>{fold}</summary>
      {form}
    </details>
  )
}

/** Says who takes care of it. Once somebody does, nobody is reminded any more. */
export const Care: FC<IncidentProps> = (props) => {
  const { acknowledgedMs, assignee, isPartial } = props.incident
  const mayAct = useMay('operator')
  const isNew = acknowledgedMs === null && !isOver(props.incident)
  const form = isNew
    ? { verb: 'acknowledge', label: 'Acknowledge' }
    : { verb: 'assign', label: 'Assign', fold: 'Give it to somebody' }
  return (
    <>
      {isOver(props.incident) && <Empty>It is over: nobody has to acknowledge it.</Empty>}
      {acknowledgedMs !== null && !isOver(props.incident) && (
        <p>
          Acknowledged <When at={acknowledgedMs} />. No more reminders are sent.
        </p>
      )}
      {isNew && isPartial && (
        <Empty>
          It is also about sources that you do not see: whoever sees all of them acknowledges it. You can add
          notes and contain your own.
        </Empty>
      )}
      {isNew && !isPartial && !mayAct && <Empty>Nobody has acknowledged it. An operator can.</Empty>}
      {mayAct && !isPartial && (
        <Act {...props} {...form} typed={{ assignee: assignee ?? '' }}>
          <TextField
            name="assignee"
            label={isNew ? 'Who takes care of it' : 'Assignee, or nobody'}
            maxlength={ASSIGNEE_MAX_CHARACTERS}
            isProse
          />
        </Act>
      )}
    </>
  )
}

/** Adds a note, or ends it. */
export const NoteOrEnd: FC<IncidentProps> = (props) =>
  useMay('operator') && (
    <>
      <Act {...props} verb="notes" label="Add the note" fold="Write a note">
        <TextArea name="text" label="Note" required maxlength={TEXT_MAX_CHARACTERS} />
      </Act>
      {!isOver(props.incident) && !props.incident.isPartial && (
        <Act {...props} verb="resolve" label="Resolve" fold="It is over">
          <p class="soft">What still lasts opens it again only if it gets worse.</p>
          <TextArea name="note" label="Why" maxlength={TEXT_MAX_CHARACTERS} />
        </Act>
      )}
    </>
  )

/** Cause and lessons of an incident. The form is shown once the incident is over; a second review replaces the first. */
export const Review: FC<IncidentProps> = (props) => {
  const { review, isPartial } = props.incident
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
      {!isOver(props.incident) ? (
        <Empty>Resolve the incident first, then review it.</Empty>
      ) : mayReview ? (
        <Act
          {...props}
          verb="review"
          label={review === null ? 'Review' : 'Replace the review'}
          typed={{ cause: review?.cause ?? '', lessons: review?.lessons ?? '' }}
        >
          <TextArea name="cause" label="What caused it" required maxlength={TEXT_MAX_CHARACTERS} />
          <TextArea name="lessons" label="What was learned" required maxlength={TEXT_MAX_CHARACTERS} />
        </Act>
      ) : (
        review === null && !isPartial && <Empty>Nobody has reviewed it yet.</Empty>
      )}
    </Part>
  )
}
