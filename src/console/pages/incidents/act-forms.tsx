/** The forms with which a person takes care of an incident. */
import type { Child, FC } from 'hono/jsx'
import type { Incident } from '../../../watch/incidents/incident.ts'
import { ASSIGNEE_MAX_CHARACTERS, TEXT_MAX_CHARACTERS } from '../../incident-actions.ts'
import { isOver } from '../../incidents.ts'
import { Empty, When } from '../components.tsx'
import { Part, type PartView } from '../destinations/part.tsx'

interface FormProps {
  readonly view: PartView
  readonly verb: string
  readonly label: string
  readonly quiet?: boolean
  readonly children?: Child
}

const ActForm: FC<FormProps> = ({ view: { path, formToken }, verb, label, quiet, children }) => (
  <form method="post" action={`${path}/${verb}`} class="stacked">
    <input type="hidden" name="form_token" value={formToken} />
    {children}
    <button type="submit" class={quiet === true ? 'quiet' : undefined}>
      {label}
    </button>
  </form>
)

interface TextAreaProps {
  readonly id: string
  readonly label: string
  readonly value?: string
  readonly required?: boolean
}

export const TextArea: FC<TextAreaProps> = ({ id, label, value = '', required = false }) => (
  <>
    <label for={id}>
      {label} {required ? '' : <span class="soft">(optional)</span>}
    </label>
    <textarea id={id} name={id} rows={3} maxlength={TEXT_MAX_CHARACTERS} required={required}>
      {value}
    </textarea>
  </>
)

const Assignee: FC<{ id: string; label: string; value: string }> = ({ id, label, value }) => (
  <>
    <label for={id}>
      {label} <span class="soft">(optional)</span>
    </label>
    <input
      id={id}
      name="assignee"
      type="text"
      autocomplete="off"
      maxlength={ASSIGNEE_MAX_CHARACTERS}
      value={value}
    />
  </>
)

/** Says that somebody takes care of it: then nobody is reminded any more. */
export const Acknowledge: FC<{ incident: Incident; view: PartView }> = ({ incident, view }) => {
  const { acknowledgedMs, assignee } = incident
  if (isOver(incident)) return <Empty>It is over: nobody has to acknowledge it.</Empty>
  if (acknowledgedMs !== null)
    return (
      <p>
        Somebody takes care of it since <When ms={acknowledgedMs} nowMs={view.nowMs} />. Nobody is reminded
        any more.
      </p>
    )
  if (incident.isPartial)
    return (
      <Empty>
        It is also about sources that you do not see: whoever sees all of them acknowledges it. You can add
        notes and contain your own.
      </Empty>
    )
  if (!view.mayAct) return <Empty>Nobody has acknowledged it. An operator can.</Empty>
  return (
    <ActForm view={view} verb="acknowledge" label="Acknowledge">
      <Assignee id="acknowledged-by" label="Who takes care of it" value={assignee ?? ''} />
    </ActForm>
  )
}

/** Says who takes care of it, also after it was acknowledged. */
export const Assign: FC<{ incident: Incident; view: PartView }> = ({ incident, view }) =>
  incident.acknowledgedMs === null && !isOver(incident) ? (
    // The form above asks for the same.
    ''
  ) : (
    <ActForm view={view} verb="assign" label="Assign" quiet>
      <Assignee id="assignee" label="Assignee, or nobody" value={incident.assignee ?? ''} />
    </ActForm>
  )

export const AddNote: FC<{ view: PartView }> = ({ view }) => (
  <ActForm view={view} verb="notes" label="Add the note" quiet>
    <TextArea id="text" label="Note" required />
  </ActForm>
)

/** Ends it. */
export const Resolve: FC<{ view: PartView }> = ({ view }) => (
  <Part
    id="resolve"
    title="Resolve"
    lead="Says that it is over. What still lasts opens it again only if it gets worse."
  >
    <ActForm view={view} verb="resolve" label="Resolve">
      <TextArea id="note" label="Why" />
    </ActForm>
  </Part>
)
