/** One incident: how it is now, the one thing to do, its signal, what happened, and on what evidence. */
import type { FC } from 'hono/jsx'
import type { Incident } from '../../../watch/incidents/incident.ts'
import { kindName } from '../../../watch/names.ts'
import { evidenceOf } from '../../incident-evidence.ts'
import { isOver } from '../../incidents.ts'
import { answerPage } from '../answer.tsx'
import { Action, Cards, Facts, For, NoticeLine, Part, Said, Shown, State, When } from '../components.tsx'
import { useMay } from '../view.ts'
import { ACTS } from './acts.tsx'
import { wordOf, toneOf } from './columns.tsx'
import { Containments, Evidence, IncidentFacts, Review, Timeline, subjectPath } from './facts.tsx'
import { gapPath } from '../sources/backfill.tsx'
import { byHandOf } from '../sources/mend.tsx'
import { SOURCES } from '../sources/resource.ts'
import { INCIDENTS, containPath } from './resource.ts'
import { signalOf } from './signal.tsx'

export const showIncident = INCIDENTS.with(async (c, incident) => {
  const [gap, byHand, signal, evidence] = await Promise.all([
    gapPath(c, incident),
    byHandOf(c, incident),
    signalOf(c, incident),
    evidenceOf(c.get('context'), incident),
  ])
  const { number, kind, headline, containments, review } = incident
  return answerPage(
    c,
    {
      title: `Incident ${number}: ${kindName(kind)}`,
      heading: kindName(kind),
      beside: <Beside {...incident} />,
      back: { href: INCIDENTS.path, text: 'Incidents' },
      aside: <Controls {...incident} />,
      refreshes: true,
    },
    <>
      <NoticeLine notice={INCIDENTS.noticeIn(c)} />
      <p class="headline">
        <Said text={headline} max={1_000} />
      </p>
      <Recommended {...incident} gap={gap} />
      {byHand}
      {signal}
      <Cards isSplit>
        <Timeline incident={incident} />
        <Next {...incident} />
        {containments.length > 0 && <Containments incident={incident} />}
        {review !== null && <Review review={review} />}
        <IncidentFacts incident={incident} />
      </Cards>
      <Evidence incident={incident} evidence={evidence} />
    </>,
  )
})

const Beside: FC<Incident> = (incident) => {
  const { number, sinceMs, acknowledgedMs, assignee } = incident
  const care = acknowledgedMs === null ? 'nobody has acknowledged it' : 'acknowledged'
  return (
    <>
      <State tone={toneOf(incident)}>{wordOf(incident)}</State>
      <span class="soft">
        Incident {number}
        {!isOver(incident) && `, ${care}`}
        {assignee !== null && (
          <>
            , assigned to <Shown text={assignee} max={80} />
          </>
        )}
        , began <When at={sinceMs} />
      </span>
    </>
  )
}

/** A link to one of the forms. */
const Ask: FC<{ number: number; verb: keyof typeof ACTS }> = ({ number, verb }) => (
  <a class="button" href={`${INCIDENTS.pathOf(number)}/${verb}`} data-open="dialog">
    {ACTS[verb].label}
  </a>
)

/** Controls of its state. Of sources that one does not see, others decide. */
const Controls: FC<Incident> = (incident) => {
  const { number, isPartial, acknowledgedMs } = incident
  if (isPartial)
    return <span class="soft">Also about sources that you do not see: others acknowledge it.</span>
  return (
    <For role="operator">
      <div class="buttons">
        {!isOver(incident) && acknowledgedMs === null && (
          <Action action={`${INCIDENTS.pathOf(number)}/acknowledge`} label="Acknowledge" quiet />
        )}
        {(isOver(incident) ? (['review'] as const) : (['assign', 'resolve'] as const)).map((verb) => (
          <Ask number={number} verb={verb} />
        ))}
      </div>
    </For>
  )
}

/** Dialogs that end an incident of a source, by its kind. */
const DIALOGS: ReadonlyMap<string, readonly [path: string, text: string]> = new Map([
  ['webhook_off', ['/mend', 'Mend it']],
  ['sync_stopped', ['/suppression-sync', 'See how they differ']],
] as const)

/** The first advice with the button that follows it; the others are quiet. */
const Recommended: FC<Incident & { gap: string | undefined }> = ({ gap, ...incident }) => {
  const {
    number,
    kind,
    subject,
    advice: [first],
    actions,
  } = incident
  const mayAct = useMay('operator')
  const to = subjectPath(kind, subject)
  const dialog = mayAct && !isOver(incident) ? DIALOGS.get(kind) : undefined
  const links = [
    ...(dialog === undefined || subject === null
      ? []
      : [{ href: SOURCES.pathOf(subject) + dialog[0], text: dialog[1], isDialog: true }]),
    ...(to === undefined ? [] : [{ href: to, text: `Open ${subject ?? ''}`, isDialog: false }]),
    ...(mayAct ? actions : [])
      .filter(({ contain }) => contain !== null)
      .map(({ label }) => ({
        href: containPath(number, label),
        text: label,
        isDialog: true,
      })),
    ...(gap === undefined || !mayAct ? [] : [{ href: gap, text: 'Take what was missed', isDialog: true }]),
  ]
  if (first === undefined && links.length === 0) return null
  return (
    <section class={`notice recommended ${toneOf(incident)}`} aria-label="Recommended">
      {first !== undefined && (
        <p>
          <strong>
            <Said text={first} max={400} />
          </strong>
        </p>
      )}
      <div class="buttons">
        {links.map(({ href, text, isDialog }, i) => (
          <a
            class={i === 0 ? 'button primary' : 'button'}
            href={href}
            data-open={isDialog ? 'dialog' : undefined}
          >
            {text}
          </a>
        ))}
      </div>
    </section>
  )
}

/** The other advice, and the commands that do the same as the page. */
const Next: FC<Incident> = ({ advice: [, ...others], actions }) => {
  const commands = actions.filter(({ command }) => command !== null)
  if (others.length + commands.length === 0) return null
  return (
    <Part id="advice" title="Next">
      {others.length > 0 && (
        <ol>
          {others.map((line) => (
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
