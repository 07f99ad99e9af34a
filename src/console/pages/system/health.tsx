/** Health of everything that Postern stands on, with what to do about what is wrong. */
import type { Child, FC } from 'hono/jsx'
import manifest from '../../../../package.json' with { type: 'json' }
import type { Health as HealthAnswer } from '../../../api/health.ts'
import type { Frozen } from '../../../api/route.ts'
import { bytesText } from '../../../platform/bytes-text.ts'
import { capital } from '../../../platform/capital.ts'
import { SEVERITIES } from '../../../watch/severity.ts'
import { SEVERITY_TONES } from '../../messages/incidents.ts'
import { Badge, Clock, type Fact, Facts, Said, Shown, State, When } from '../components.tsx'
import { things } from '../notices.ts'
import { pathOf } from '../overview/actions.ts'
import { Card, type Doing, Since } from './card.tsx'

type Health = Frozen<HealthAnswer>

const factOf = (finding: Health['findings'][number]): Fact => {
  const {
    severity,
    title,
    incident,
    says,
    todo: [todo = ''],
  } = finding
  return [
    <Badge tone={SEVERITY_TONES[severity]}>{severity}</Badge>,
    <>
      <a href={pathOf(finding)}>{incident === null ? title : `Incident ${incident}: ${title}`}</a>
      <span class="under">
        <Said text={capital(says)} max={400} />. <Said text={todo} max={400} />
      </span>
    </>,
  ]
}

/** Until when the database has room. */
function roomOf({ full_at: fullAt, events_a_day: eventsADay }: NonNullable<Health['growth']>): Child {
  if (eventsADay === 0) return 'it does not grow'
  if (fullAt === null) return 'it does not fill up: what is old leaves in time'
  return (
    <>
      full on <Clock at={Date.parse(fullAt)} /> if it goes on like this
    </>
  )
}

/** `12 under v1, 3 under v2`. */
const byVersionText = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([version, count]) => `${count.toLocaleString('en')} under v${version}`)
    .join(', ')

interface HealthProps {
  readonly health: Health
  /** Secrets by the version of the master key that seals them; undefined for whoever may not know. */
  readonly sealed: Readonly<Record<string, number>> | undefined
}

export const HealthCard: FC<HealthProps> = ({ health, sealed }) => {
  const { parts, master_keys: keys, queues, growth, gateway_url: gateway, release, findings } = health
  const down = parts.filter(({ fault }) => fault !== null).map(({ part }) => part)
  const hasSameKeys = new Set(keys.map((one) => JSON.stringify(one.keys))).size === 1
  return (
    <Card
      id="health"
      title="Health"
      doing={doingOf(findings)}
      facts={[
        ['Parts', down.length === 0 ? `all ${parts.length} answer` : `${down.join(', ')} down`],
        ['Queues', waitingOf(queues)],
        growth !== null && [
          'Database',
          <>
            {bytesText(growth.bytes)} of {bytesText(growth.limit_bytes)},{' '}
            {things(growth.events_a_day, 'event')} a day; {roomOf(growth)}
          </>,
        ],
        ['Master key', hasSameKeys ? 'the same in all Workers' : 'not the same in all Workers'],
        [
          'Version',
          <>
            {release === null ? (
              `${manifest.version}, not deployed`
            ) : (
              <>
                {release.version}
                {release.commit !== null && ` (${release.commit.slice(0, 12)})`}, deployed{' '}
                <When at={release.deployed_at} />
              </>
            )}
            <span class="under">
              To upgrade: <code>npm run deploy</code> in a newer checkout. Its <code>CHANGELOG.md</code> says
              what changes, and what to do before.
            </span>
          </>,
        ],
        gateway !== '' && ['Gateway', <code data-copy="the URL">{gateway}</code>],
      ]}
    >
      {!hasSameKeys && (
        <p class="notice bad" role="alert">
          The Workers have different keys. Set the same MASTER_KEY for all of them.
        </p>
      )}
      <Facts rows={findings.map(factOf)} />
      {health.findings_left_out > 0 && <p>{health.findings_left_out} more are not shown.</p>}
      <details>
        <summary>Parts, queues and keys</summary>
        <Facts
          rows={[
            ...parts.map(({ part, fault }) => [part, <Answers fault={fault} />] as const),
            ...(queues ?? []).map(
              ({ queue, backlog, oldest_at: oldest }) =>
                [`Queue ${queue}`, <Since what={`${backlog} waiting`} since={oldest} />] as const,
            ),
            ...keys.map((one) => [`Keys of the ${one.worker}`, <Keys {...one} />] as const),
            sealed !== undefined && ['Secrets sealed', byVersionText(sealed) || '0'],
          ]}
        />
        <p class="soft">
          Of a key its version and its mark; the first seals. To replace it:{' '}
          <code>npm run rotate-master-key</code>, in a checkout.
        </p>
      </details>
    </Card>
  )
}

const Answers: FC<{ fault: string | null }> = ({ fault }) =>
  fault === null ? <State tone="good">answers</State> : <State tone="bad">down: {fault}</State>

const Keys: FC<Health['master_keys'][number]> = ({ keys, unreadable }) => (
  <>
    {keys === null ? 'The Worker does not say.' : <Shown text={keys.join(', ')} code />}{' '}
    {unreadable.length > 0 && <State tone="bad">does not open {unreadable.join(', ')}</State>}
  </>
)

/** Infos need nobody. */
function doingOf(findings: Health['findings']): Doing {
  const wrong = findings.filter(({ severity }) => severity !== 'info')
  const [worst] = wrong.toSorted((a, b) => SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity))
  return worst === undefined
    ? ['good', 'well']
    : [SEVERITY_TONES[worst.severity], things(wrong.length, 'finding')]
}

function waitingOf(queues: Health['queues']): Child {
  if (queues === null) return 'one does not answer'
  const [oldest = null] = queues.flatMap(({ oldest_at: at }) => at ?? []).toSorted()
  return (
    <Since
      what={`${things(
        queues.reduce((sum, { backlog }) => sum + backlog, 0),
        'message',
      )} waiting`}
      since={oldest}
    />
  )
}
