/** Things that somebody should look at, beside incidents: each with the page where it is mended. */
import type { FC } from 'hono/jsx'
import type { Delivery } from '../../../api/destinations.ts'
import type { SourceView } from '../../../registry/sources/source.ts'
import type { SourceTotal } from '../../../store/counters.ts'
import type { StoreState } from '../../../store/state.ts'
import type { WatchStatus } from '../../../watch/incidents/api.ts'
import { deliveryWords } from '../../messages/destinations.ts'
import { growthProblems } from '../../messages/growth.ts'
import { needsSomebody } from '../../messages/rotation.ts'
import type { Tone } from '../../messages/tone.ts'
import { watchProblems } from '../../messages/watch.ts'
import { Badge, Shown } from '../components.tsx'
import { DESTINATIONS } from '../destinations/resource.ts'
import { SOURCES } from '../sources/resource.ts'

export interface Wrong {
  readonly tone: Tone
  /** One or two words. */
  readonly state: string
  readonly subject: string
  readonly href: string
  readonly text: string
}

const one = (isSo: boolean, wrong: Wrong): Wrong[] => (isSo ? [wrong] : [])

export function wrongSources(
  sources: readonly SourceView[],
  today: readonly SourceTotal[] | undefined,
  weekBefore: readonly SourceTotal[] | undefined,
): Wrong[] {
  const countOf = (totals: readonly SourceTotal[] | undefined, name: string): number | undefined =>
    totals && (totals.find(({ source }) => source === name)?.count ?? 0)
  return sources.flatMap(({ name, missingSecrets, rotations }) => {
    const about = { subject: name, href: SOURCES.pathOf(name), tone: 'warn' } as const
    const lacks = 'It has no secret to verify with.'
    if (missingSecrets !== null) return { ...about, tone: 'bad', state: 'refuses everything', text: lacks }
    const before = countOf(weekBefore, name) ?? 0
    const silent = `No event in 24 hours, and ${before.toLocaleString('en')} in the same time a week before.`
    const rotation = 'The rotation of a secret needs somebody.'
    return [
      ...one(countOf(today, name) === 0 && before > 0, { ...about, state: 'silent', text: silent }),
      ...one(rotations.some(needsSomebody), { ...about, state: 'secret', text: rotation }),
    ]
  })
}

export const wrongDestinations = (all: readonly (readonly [name: string, Delivery | null])[]): Wrong[] =>
  all.flatMap(([name, delivery]) => {
    const { tone, state, reason } = deliveryWords(delivery)
    const about = { subject: name, href: DESTINATIONS.pathOf(name) }
    const shownState = state === 'active' ? 'failing' : state
    const dead = delivery?.dead_letters ?? 0
    const given = `${dead.toLocaleString('en')} deliveries were given up.`
    return [
      ...one(tone !== 'good', { ...about, tone, state: shownState, text: reason ?? '' }),
      ...one(dead > 0, { ...about, tone: 'warn', state: 'dead letters', text: given }),
    ]
  })

const UNSTORED = 'Messages that could not be stored wait for a redrive.'
const UNREAD = 'Items that could not be read wait for a replay.'

/** Problems of the installation itself. */
export function wrongInside(
  store: StoreState | undefined,
  watch: WatchStatus | undefined,
  nowMs: number,
): Wrong[] {
  const told = [
    ...(store?.growth
      ? growthProblems(store.growth, store.archive, nowMs).map((one) => ['store', one] as const)
      : []),
    ...(watch ? watchProblems(watch, nowMs).map((one) => ['watch', one] as const) : []),
  ]
  const counted = (count: number, state: string, href: string, text: string): Wrong[] =>
    one(count > 0, { tone: 'warn', state, subject: count.toLocaleString('en'), href, text })
  return [
    ...told
      .filter(([, { level }]) => level === 'wrong')
      .map(([subject, { says, todo }]): Wrong => ({
        tone: 'bad',
        state: 'wrong',
        subject: `the ${subject}`,
        href: '/settings',
        text: `${says} ${todo}`,
      })),
    ...counted(store?.deadLetters ?? 0, 'dead letters', '/dead-letters', UNSTORED),
    ...counted(store?.quarantined ?? 0, 'quarantine', '/quarantine', UNREAD),
  ]
}

export const WrongList: FC<{ rows: readonly Wrong[] }> = ({ rows }) =>
  rows.length > 0 && (
    <ul class="wrong">
      {rows
        .toSorted((a, b) => Number(b.tone === 'bad') - Number(a.tone === 'bad'))
        .map(({ tone, state, subject, href, text }) => (
          <li>
            <Badge tone={tone}>{state}</Badge>{' '}
            <a href={href}>
              <Shown text={subject} max={100} />
            </a>
            <span>
              <Shown text={text} max={400} />
            </span>
          </li>
        ))}
    </ul>
  )
