/** One incident: what is wrong and why, what to do about it, what was done, and the forms for that. */
import type { FC } from 'hono/jsx'
import type { Incident, RecommendedAction } from '../../../watch/incidents/incident.ts'
import { evidenceOf } from '../../incident-evidence.ts'
import { isOver } from '../../incidents.ts'
import type { ConsoleContext } from '../../context.ts'
import { answerPage } from '../answer.tsx'
import { Action, Empty, Facts, For, NoticeLine, Part, Shown } from '../components.tsx'
import { SeverityBadge, StateBadge } from './columns.tsx'
import { Containments, Evidence, Findings, IncidentFacts, Timeline } from './facts.tsx'
import { typedIn } from '../form.tsx'
import { Acknowledge, AddNote, Assign, Resolve, Review, TYPED_FIELDS } from './forms.tsx'
import { INCIDENTS } from './resource.ts'
import { signalOf } from './signal.tsx'

export const showIncident = INCIDENTS.with((c, incident) => answerIncident(c, incident))

/** @param problem what is wrong with a form that was sent */
export async function answerIncident(
  c: ConsoleContext,
  incident: Incident,
  problem?: string,
): Promise<Response> {
  const path = INCIDENTS.pathOf(incident.number)
  const [signal, evidence] = await Promise.all([
    signalOf(c, incident),
    evidenceOf(c.get('context'), incident),
  ])
  const hasProblem = problem !== undefined
  // One of the forms below was sent.
  const typed = hasProblem ? typedIn(c, TYPED_FIELDS) : {}
  return answerPage(
    c,
    {
      title: `Incident ${incident.number}`,
      isWrong: hasProblem,
      back: { href: INCIDENTS.path, text: 'All incidents' },
      aside: <a href={path}>Refresh</a>,
      parts: [
        { id: 'acknowledge', title: 'Acknowledge' },
        { id: 'to-do', title: 'What to do' },
        ...(signal === null ? [] : [{ id: 'signal', title: 'Signal' }]),
        { id: 'evidence', title: 'Evidence' },
        { id: 'findings', title: 'Findings' },
        { id: 'containments', title: 'Containments' },
        { id: 'timeline', title: 'Timeline' },
        { id: 'review', title: 'Review' },
      ],
    },
    <>
      <p>
        <SeverityBadge severity={incident.severity} /> <StateBadge state={incident.state} />{' '}
        <Shown text={incident.headline} max={1_000} />
      </p>
      <NoticeLine notice={problem === undefined ? INCIDENTS.noticeIn(c) : { tone: 'bad', text: problem }} />
      <IncidentFacts incident={incident} />
      <Part id="acknowledge" title="Acknowledge">
        <Acknowledge incident={incident} typed={typed} />
        <For role="operator">
          {!incident.isPartial && <Assign incident={incident} isOpen={hasProblem} typed={typed} />}
        </For>
      </Part>
      <Advice incident={incident} />
      {signal}
      <Evidence evidence={evidence} />
      <Findings incident={incident} />
      <Containments incident={incident} />
      <Part id="timeline" title="Timeline" lead="What happened, oldest first.">
        <Timeline incident={incident} />
        <For role="operator">
          <AddNote path={path} isOpen={hasProblem} typed={typed} />
          {!isOver(incident) && !incident.isPartial && (
            <Resolve path={path} isOpen={hasProblem} typed={typed} />
          )}
        </For>
      </Part>
      <Review incident={incident} typed={typed} />
    </>,
  )
}

/** Names a recommended containment in a form; null for an action that is none. */
export const containField = ({ source, contain }: RecommendedAction): string | null =>
  contain === null ? null : JSON.stringify([source, contain])

/** Recommendations, most urgent first: advice, buttons that contain, and the commands that do the same. */
const Advice: FC<{ incident: Incident }> = ({ incident: { number, advice, actions } }) => {
  const commands = actions.filter(({ command }) => command !== null)
  // All else has its own form on the page.
  const containing = actions.filter(({ contain }) => contain !== null)
  return (
    <Part id="to-do" title="What to do" lead="Most urgent first.">
      {advice.length === 0 && actions.length === 0 && <Empty>Nothing is left to do.</Empty>}
      <ol>
        {advice.map((line) => (
          <li>
            <Shown text={line} max={400} />
          </li>
        ))}
      </ol>
      {containing.length > 0 && (
        <For role="operator">
          <div class="buttons after">
            {containing.map((one) => (
              <Action
                action={`${INCIDENTS.pathOf(number)}/contain`}
                fields={{ contain: containField(one) ?? '' }}
                label={one.label}
                quiet
              />
            ))}
          </div>
        </For>
      )}
      {commands.length > 0 && (
        <>
          <h3>On the command line</h3>
          <Facts
            rows={commands.map(({ label, command }) => [
              <Shown text={label} max={200} />,
              <Shown text={command} max={400} code />,
            ])}
          />
        </>
      )}
    </Part>
  )
}
