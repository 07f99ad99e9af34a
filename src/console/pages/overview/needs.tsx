/** The list of what needs somebody, worst first: as incidents, health and `postern doctor` say it, each with the action that ends it. */
import { capital } from '../../../platform/capital.ts'
import type { FC } from 'hono/jsx'
import type { Finding } from '../../../api/health.ts'
import { SEVERITY_TONES } from '../../messages/incidents.ts'
import { Clock, Empty, Said, State } from '../components.tsx'
import { UNREAD_INCIDENTS } from '../incidents/list.tsx'
import { INCIDENTS } from '../incidents/resource.ts'
import { useView } from '../view.ts'
import { actionOf, pathOf } from './actions.ts'

/** More would hide the rest of the page. */
const SHOWN = 8

export const needing = (findings: readonly Finding[] | undefined): readonly Finding[] =>
  (findings ?? []).filter(({ level }) => level === 'wrong')

interface NeedsProps {
  /** Undefined if nobody can tell. */
  readonly findings: readonly Finding[] | undefined
  /** The page of all findings. */
  readonly all: string
}

/** Beside the heading. */
export const Needed: FC<Pick<NeedsProps, 'findings'>> = ({ findings }) => {
  const wrong = needing(findings)
  if (findings === undefined) return <State tone="warn">what needs attention is not known</State>
  if (wrong.length === 0) return <State tone="good">nothing needs attention</State>
  return (
    <State tone={SEVERITY_TONES[wrong[0]?.severity ?? 'warning']}>
      {wrong.length === 1 ? '1 thing needs attention' : `${wrong.length} things need attention`}
    </State>
  )
}

export const Needs: FC<NeedsProps> = ({ findings, all }) => {
  const wrong = needing(findings)
  const left = (findings ?? []).length - Math.min(wrong.length, SHOWN)
  if (findings === undefined) return <Empty>{UNREAD_INCIDENTS}</Empty>
  return (
    <section id="needs" aria-label="Needs attention">
      {wrong.length > 0 && (
        <ul class="needs">
          {wrong.slice(0, SHOWN).map((one) => (
            <Need finding={one} />
          ))}
        </ul>
      )}
      {left > 0 && (
        <p class="soft">
          <a href={all}>
            {left} {wrong.length > 0 && 'more '}
            {left === 1 ? 'finding' : 'findings'}
          </a>
          {wrong.length <= SHOWN && ', for information or taken care of'}
        </p>
      )}
    </section>
  )
}

const Need: FC<{ finding: Finding }> = ({ finding }) => {
  const { severity, title, since, incident } = finding
  const { label, href, opens } = actionOf(finding, useView().actor)
  const isBad = SEVERITY_TONES[severity] === 'bad'
  return (
    <li>
      <State tone={SEVERITY_TONES[severity]}>
        <span class="visually-hidden">{severity}</span>
      </State>
      <div>
        <Sentence finding={finding} />
        <span class="under">
          {incident !== null && (
            <>
              <a href={INCIDENTS.pathOf(incident)}>Incident {incident}</a> ·{' '}
            </>
          )}
          {title}
        </span>
      </div>
      <span class="soft since">
        since <Clock at={Date.parse(since)} />
      </span>
      <a class={isBad ? 'button primary' : 'button'} href={href} data-open={opens ? 'dialog' : undefined}>
        {label}
        <span class="visually-hidden">: {finding.subject ?? finding.source ?? title}</span>
      </a>
    </li>
  )
}

/** Evidence of a finding, with its subject as a link where the sentence names it, and before the sentence otherwise. */
const Sentence: FC<{ finding: Finding }> = ({ finding }) => {
  const { says, source, subject, title } = finding
  const name =
    [subject, source].find((one) => one !== null && says.includes(one)) ?? source ?? subject ?? title
  const link = (
    <a href={pathOf(finding)}>
      <strong>{name}</strong>
    </a>
  )
  const at = says.indexOf(name)
  if (at < 0)
    return (
      <span>
        {link}: <Said text={says} max={300} />
      </span>
    )
  const before = says.slice(0, at)
  return (
    <span>
      <Said text={capital(before)} />
      {link}
      <Said text={says.slice(at + name.length)} max={300} />
    </span>
  )
}
