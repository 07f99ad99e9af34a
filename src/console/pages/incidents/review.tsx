import type { FC } from 'hono/jsx'
import type { Incident } from '../../../watch/incidents/incident.ts'
import { TEXT_MAX_CHARACTERS } from '../../incident-actions.ts'
import { isOver } from '../../incidents.ts'
import { actorName } from '../../messages/actor.ts'
import { Empty, Facts, Shown, ShownLines, When } from '../components.tsx'
import { Part, type PartView } from '../destinations/part.tsx'
import { TextArea } from './act-forms.tsx'

/** Review: cause and lessons of an incident. The form is shown once the incident is over. */
export const ReviewPart: FC<{ incident: Incident; view: PartView }> = ({ incident, view }) => (
  <Part id="review" title="Review" lead="What caused it, and what was learned.">
    {incident.review === null ? '' : <Written review={incident.review} nowMs={view.nowMs} />}
    {!isOver(incident) ? (
      <Empty>Resolve the incident first, then review it.</Empty>
    ) : view.mayAct && !incident.isPartial ? (
      <ReviewForm review={incident.review} view={view} />
    ) : incident.review === null && !incident.isPartial ? (
      <Empty>Nobody has reviewed it yet.</Empty>
    ) : (
      ''
    )}
  </Part>
)

type Review = NonNullable<Incident['review']>

const Written: FC<{ review: Review; nowMs: number }> = ({ review: { cause, lessons, by, atMs }, nowMs }) => (
  <Facts
    rows={[
      ['Cause', <ShownLines text={cause} max={TEXT_MAX_CHARACTERS} />],
      ['Lessons', <ShownLines text={lessons} max={TEXT_MAX_CHARACTERS} />],
      ['By', <Shown text={actorName(by)} max={200} />],
      ['When', <When ms={atMs} nowMs={nowMs} />],
    ]}
  />
)

/** A second review replaces the first, so the form begins with that. */
const ReviewForm: FC<{ review: Review | null; view: PartView }> = ({ review, view }) => (
  <form method="post" action={`${view.path}/review`} class="stacked">
    <input type="hidden" name="form_token" value={view.formToken} />
    <TextArea id="cause" label="What caused it" required value={review?.cause ?? ''} />
    <TextArea id="lessons" label="What was learned" required value={review?.lessons ?? ''} />
    <button type="submit">{review === null ? 'Review' : 'Replace the review'}</button>
  </form>
)
