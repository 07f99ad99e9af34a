/** One incident: what is wrong and why, what to do about it, what was done, and the forms for that. */
import type { FC } from 'hono/jsx'
import type { Incident } from '../../../watch/incidents/incident.ts'
import { kindName } from '../../../watch/names.ts'
import { adviceWith } from '../../../watch/incidents/evidence.ts'
import { evidenceOf } from '../../incident-evidence.ts'
import type { ConsoleContext } from '../../context.ts'
import { answerPage } from '../answer.tsx'
import { Action, Empty, Facts, For, NoticeLine, Part, Said, Shown } from '../components.tsx'
import { SeverityBadge, StateBadge } from './columns.tsx'
import { Containments, Evidence, IncidentFacts, Timeline } from './facts.tsx'
import { Care, NoteOrEnd, Review, type Sent } from './forms.tsx'
import { INCIDENTS } from './resource.ts'
import { signalOf } from './signal.tsx'

export const showIncident = INCIDENTS.with((c, incident) => answerIncident(c, incident))

/** @param sent a form that was refused */
export async function answerIncident(c: ConsoleContext, incident: Incident, sent?: Sent): Promise<Response> {
  const path = INCIDENTS.pathOf(incident.number)
  const [signal, evidence] = await Promise.all([
    signalOf(c, incident),
    evidenceOf(c.get('context'), incident),
  ])
  const shown = { incident, sent }
  return answerPage(
    c,
    {
      title: `Incident ${incident.number}: ${kindName(incident.kind)}`,
      isWrong: sent !== undefined,
      back: { href: INCIDENTS.path, text: 'All incidents' },
      aside: <a href={path}>Refresh</a>,
      parts: [
        { id: 'acknowledge', title: 'Acknowledge' },
        { id: 'to-do', title: 'What to do' },
        ...(signal === null ? [] : [{ id: 'signal', title: 'Signal' }]),
        { id: 'evidence', title: 'Evidence' },
        { id: 'containments', title: 'Containments' },
        { id: 'timeline', title: 'Timeline' },
        { id: 'review', title: 'Review' },
      ],
    },
    <>
      <p>
        <SeverityBadge severity={incident.severity} /> <StateBadge state={incident.state} />{' '}
        <Said text={incident.headline} max={1_000} />
      </p>
      <NoticeLine
        notice={sent === undefined ? INCIDENTS.noticeIn(c) : { tone: 'bad', text: 'Nothing was stored.' }}
      />
      <IncidentFacts incident={incident} />
      <Part id="acknowledge" title="Acknowledge">
        <Care {...shown} />
      </Part>
      <Advice incident={{ ...incident, advice: adviceWith(incident, evidence) }} />
      {signal}
      <Evidence incident={incident} evidence={evidence} />
      <Containments incident={incident} />
      <Part id="timeline" title="Timeline" lead="What happened, oldest first.">
        <Timeline incident={incident} />
        <NoteOrEnd {...shown} />
      </Part>
      <Review {...shown} />
    </>,
  )
}

/** Recommendations, most urgent first: buttons that contain, advice, and the commands that do the same as the page. */
const Advice: FC<{ incident: Incident }> = ({ incident: { number, advice, actions } }) => {
  const commands = actions.filter(({ command }) => command !== null)
  // All else has its own form on the page.
  const containing = actions.filter(({ contain }) => contain !== null)
  return (
    <Part id="to-do" title="What to do" lead="Most urgent first.">
      {advice.length === 0 && actions.length === 0 && <Empty>Nothing is left to do.</Empty>}
      {containing.length > 0 && (
        <For role="operator">
          <div class="buttons">
            {containing.map(({ label }) => (
              <Action
                action={`${INCIDENTS.pathOf(number)}/contain`}
                fields={{ contain: label }}
                label={label}
                quiet
              />
            ))}
          </div>
        </For>
      )}
      {advice.length > 0 && (
        <ol>
          {advice.map((line) => (
            <li>
              <Said text={line} max={400} />
            </li>
          ))}
        </ol>
      )}
      {commands.length > 0 && (
        <details class="fold">
          <summary>On the command line</summary>
          <Facts
            rows={commands.map(({ label, command }) => [
              <Shown text={label} max={200} />,
              <Shown text={command} max={400} code />,
            ])}
          />
        </details>
      )}
    </Part>
  )
}
