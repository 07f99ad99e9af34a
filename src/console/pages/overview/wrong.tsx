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

export function wrongSources(
  sources: readonly SourceView[],
  today: readonly SourceTotal[] | undefined,
  weekBefore: readonly SourceTotal[] | undefined,
): Wrong[] {
  const countOf = (totals: readonly SourceTotal[] | undefined, name: string): number | undefined =>
    totals && (totals.find(({ source }) => source === name)?.count ?? 0)
  return sources.flatMap((source): Wrong[] => {
    const { name, missingSecrets, rotations } = source
    const about = { subject: name, href: SOURCES.pathOf(name) }
    if (missingSecrets !== null)
      return [
        { ...about, tone: 'bad', state: 'refuses everything', text: 'It has no secret to verify with.' },
      ]
    const before = countOf(weekBefore, name) ?? 0
    return [
      ...(countOf(today, name) === 0 && before > 0
        ? [
            {
              ...about,
              tone: 'warn',
              state: 'silent',
              text: `No event in 24 hours, and ${before.toLocaleString('en')} in the same time a week before.`,
            } as const,
          ]
        : []),
      ...(rotations.some(needsSomebody)
        ? [
            {
              ...about,
              tone: 'warn',
              state: 'secret',
              text: 'The rotation of a secret needs somebody.',
            } as const,
          ]
        : []),
    ]
  })
}

export const wrongDestinations = (all: readonly (readonly [name: string, Delivery | null])[]): Wrong[] =>
  all.flatMap(([name, delivery]): Wrong[] => {
    const { tone, state, reason } = deliveryWords(delivery)
    const about = { subject: name, href: DESTINATIONS.pathOf(name) }
    const dead = delivery?.dead_letters ?? 0
    return [
      ...(tone === 'good'
        ? []
        : [{ ...about, tone, state: state === 'active' ? 'failing' : state, text: reason ?? '' }]),
      ...(dead === 0
        ? []
        : [
            {
              ...about,
              tone: 'warn',
              state: 'dead letters',
              text: `${dead.toLocaleString('en')} deliveries were given up.`,
            } as const,
          ]),
    ]
  })

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
    count === 0 ? [] : [{ tone: 'warn', state, subject: count.toLocaleString('en'), href, text }]
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
    ...counted(
      store?.deadLetters ?? 0,
      'dead letters',
      '/dead-letters',
      'Messages that could not be stored wait for a redrive.',
    ),
    ...counted(
      store?.quarantined ?? 0,
      'quarantine',
      '/quarantine',
      'Items that could not be read wait for a replay.',
    ),
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
