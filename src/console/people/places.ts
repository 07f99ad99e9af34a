/**
 * The only table of places where something rests: what it holds of a person, and how that is counted, exported and erased. Plans, certificates and
 * answers are made from it. A test walks all tables, objects, buckets and queues, and another one SECURITY.md. To add a place, add a row.
 */
import type { PartName } from '../../api/person-data.ts'
import { concurrently } from '../../platform/concurrently.ts'
import { type Forgotten, allForgotten } from '../../platform/forgotten.ts'
import { type RetentionSettings, longestEventDays } from '../../registry/retention/document.ts'
import { countInStore } from '../../store/erasures/count.ts'
import { DEAD_LETTER_PEOPLE } from '../../store/erasures/places/dead-letters.ts'
import { idsNotWhole } from '../../store/erasures/places/people-column.ts'
import type { Counted } from '../../store/erasures/places/place.ts'
import { QUARANTINE_PEOPLE } from '../../store/erasures/places/quarantine.ts'
import { REQUEST_PEOPLE } from '../../store/erasures/places/requests.ts'
import { IN_PART_DAYS } from '../../store/old-rows.ts'
import type { RequestContext } from '../request-context.ts'
import { erasureDeps } from './deps.ts'
import {
  type Part,
  addressChecks,
  deadLetters,
  deliveries,
  events,
  holds,
  liftings,
  quarantine,
  suppressions,
} from './parts.ts'

export type PlaceContext = Pick<
  RequestContext,
  'store' | 'registry' | 'destinations' | 'incidents' | 'large' | 'queueSealer' | 'live'
>

/** Something that may still exist after an erasure. */
export interface Remaining {
  readonly what: string
  readonly why: string
  /** Ids of what remains, some of them. If there is nothing, a certificate does not say it. Absent if they are not known. */
  readonly ids?: (context: PlaceContext, limit: number) => Promise<readonly string[]>
  /** Days after the erasure until it is gone. Null if only a person can end it. */
  readonly days: (settings: RetentionSettings) => number | null
  /** Whether it remains only where the suppression is kept. */
  readonly isSuppression?: true
}

export interface Place {
  /** Stable, in plans, answers and certificates. */
  readonly name: string
  /**
   * Everything that rests there: `D1 events`, `Registry sources` (a table of a Durable Object), `Registry kv`, `R2 postern-large`,
   * `queue postern-events`.
   */
  readonly stored: readonly string[]
  /** Words for what it holds of a person; null if it holds nothing personal. */
  readonly holds: string | null
  /** Why it holds nothing personal, or why something stays. */
  readonly why?: string
  /** Sentence of the certificate: what an erasure does there. Absent if it does nothing. */
  readonly erasing?: string
  /** Counts how often it names a person (blind index). Absent if it is in D1, where `countInStore` counts, and if nobody counts it. */
  readonly count?: (context: PlaceContext, person: string) => Promise<Counted>
  /**
   * Removes the person from a place outside of D1, where `applyErasures` does not come to. It may be repeated.
   *
   * @returns false if more is left
   */
  readonly erase?: (context: PlaceContext, person: string) => Promise<boolean>
  readonly remains?: readonly Remaining[]
  /** Parts of an export that it has. */
  readonly exported?: { readonly [Name in PartName]?: Part<Name> }
}

/** Events in the store and in the archive. */
function longestDays(settings: RetentionSettings): number | null {
  const days = [longestEventDays(settings), settings.archive]
  return days.includes(null) ? null : Math.max(...days.map(Number))
}

const NOT_WHOLE = `Nobody can tell all whom they name. What came a moment ago is searched in the next night. What has too many addresses or encodings goes after ${IN_PART_DAYS} days, and the rest with retention.`

/** As `src/console/retention/sweep.ts` removes objects that no message names. */
const LARGE_DAYS = 20

/** A day in the queue of events, 14 in the one of dead messages, and the night in which dead letters are searched. */
const QUEUE_DAYS = 16

/** As `src/destinations/memory/erasures.ts` keeps the news that an endpoint did not take. */
const TELLING_DAYS = 7

/** The platform keeps six connections. */
const AT_ONCE = 6

async function ofAll(
  { registry, destinations }: PlaceContext,
  person: string,
  plan: boolean,
): Promise<Forgotten> {
  const parts: Forgotten[] = []
  await concurrently(await registry.destinations.list(), AT_ONCE, async ({ name }) => {
    parts.push(await destinations.getByName(name).forgetPerson(person, plan))
    return true
  })
  return allForgotten(parts)
}

const impersonal = (name: string, why: string, stored: readonly string[]): Place => ({
  name,
  stored,
  holds: null,
  why,
})

export const PLACES: readonly Place[] = [
  {
    name: 'key',
    stored: ['D1 recipients'],
    holds: 'the key of the person, and with it the address',
    erasing:
      'The key is destroyed. Nothing that is sealed under it can be opened again, in any table, file of the archive or copy.',
    remains: [
      {
        what: 'The key and the address in the history of D1 (Time Travel)',
        why: 'Cloudflare keeps it for 30 days, on the Free plan for 7. If it is restored, the erasure is done again before the first answer.',
        days: () => 30,
      },
      {
        what: 'In a store of more than 50,000 people, the keys of recipients that a version before 0.4 stored with a name or in a list',
        why: 'No more keys than that are searched for the address.',
        days: longestDays,
      },
      {
        what: 'Keys of people that operators have read, to open the archive on their own machines',
        why: 'They have left the deployment. The audit log has a line for each reading.',
        days: () => null,
      },
    ],
  },
  {
    name: 'events',
    stored: ['D1 segments', 'D1 inverted_index'],
    holds:
      'events with the keyed hash of the recipient; what is personal in them, and the ESP’s own item, is sealed under the person’s key',
    erasing:
      'Events lose the recipient and everything personal. Type, time, source, scope, codes and message ids stay: those that name the person as a keyed hash, older ones without what may.',
    remains: [
      {
        what: 'The address where an ESP wrote it into events of other people and their originals, or into events without a recipient',
        why: 'These are sealed under other keys and are not searched. Retention removes them.',
        days: longestDays,
      },
      {
        what: 'Message ids in which an ESP wrote the address in a code of its own, and scopes',
        why: 'They are needed to find a message, and to compare suppressions. Nobody can tell whom they name.',
        days: longestDays,
      },
    ],
    exported: { events },
  },
  {
    name: 'suppressions',
    stored: ['D1 suppressions'],
    holds: 'why the person must not be written to, with words and notes sealed under the person’s key',
    erasing:
      'Suppressions are removed with their notes, except for what is kept so that nobody writes to the address again.',
    remains: [
      {
        what: 'The suppression, if there is one: its reason, scope, times and source, under a keyed hash of the address',
        why: 'So that nobody writes to the address again. An erasure that forgets the suppression as well removes it.',
        days: () => null,
        isSuppression: true,
      },
    ],
    exported: { suppressions, liftings },
  },
  {
    name: 'evidence',
    stored: ['D1 evidence', 'D1 resubscribed'],
    holds: 'bounces, unsubscribes and new subscriptions under the keyed hash of the address',
    erasing: 'They are removed.',
  },
  {
    name: 'address_checks',
    stored: ['D1 address_verdicts', 'D1 address_job_rows'],
    holds:
      'verdicts about the address, and lists in which it was checked, under the keyed hash of the address and encrypted',
    erasing: 'They are removed.',
    remains: [
      {
        what: 'The address at a verification service, if one was asked about it',
        why: 'It was sent there by name. Ask the service to delete it: the audit log says which one was set, and when.',
        days: () => null,
      },
    ],
    exported: { address_checks: addressChecks },
  },
  {
    name: 'quarantine',
    stored: ['D1 quarantine', 'D1 quarantine_parts'],
    holds: 'sealed deliveries that could not be parsed, and the keyed hashes of the addresses in them',
    erasing: 'Deliveries that name the person are removed whole.',
    remains: [
      {
        what: 'Deliveries in quarantine that no key opens, that have too many addresses or encodings to list, or that came a moment ago',
        why: NOT_WHOLE,
        ids: ({ store }, limit) => idsNotWhole(store, QUARANTINE_PEOPLE, limit),
        days: ({ quarantine: days }) => days,
      },
    ],
    exported: { quarantine },
  },
  {
    name: 'requests',
    stored: ['D1 requests', 'D1 request_parts'],
    holds:
      'sealed requests of ESPs that destinations of the form original have still to send, and the keyed hashes of the addresses in them',
    erasing: 'Requests that name the person are removed whole, and sent nowhere.',
    remains: [
      {
        what: 'Requests that no key opens, that have too many addresses or encodings to list, or that came a moment ago',
        why: `Before each try, what was received before an erasure is searched again. They go when they are delivered, at the latest after ${LARGE_DAYS} days.`,
        ids: ({ store }, limit) => idsNotWhole(store, REQUEST_PEOPLE, limit),
        days: () => LARGE_DAYS,
      },
    ],
  },
  {
    name: 'dead_letters',
    stored: ['D1 dead_letters'],
    holds: 'sealed messages that could not be stored, and the keyed hashes of the addresses in them',
    erasing: 'Events of the person are dropped from dead letters and from the objects that belong to them.',
    remains: [
      {
        what: 'Dead letters that no key opens, that have too many addresses or encodings to list, or that came a moment ago',
        why: NOT_WHOLE,
        ids: ({ store }, limit) => idsNotWhole(store, DEAD_LETTER_PEOPLE, limit),
        days: ({ dead_letters: days }) => days,
      },
    ],
    exported: { dead_letters: deadLetters },
  },
  {
    name: 'attempts',
    stored: ['Destination state', 'Destination attempts'],
    holds:
      'sealed attempts to send events: their ids, the beginning of what the endpoint answered, and the filter of a replay that runs',
    erasing: 'Attempts to send events of the person are removed, and answers that name the person.',
    remains: [
      {
        what: 'The filter of a replay that names the person',
        why: 'It goes when the replay ends, or when somebody cancels it.',
        days: () => null,
      },
    ],
    async count(context, person) {
      const { count } = await ofAll(context, person, true)
      return { count, firstMs: null, lastMs: null }
    },
    erase: async (context, person) => !(await ofAll(context, person, false)).isMore,
    exported: { deliveries },
  },
  {
    name: 'incidents',
    stored: ['Incidents incidents'],
    holds: 'addresses that operators wrote into notes and reviews; new ones are masked',
    erasing: 'The address of the person becomes [erased] in notes and reviews.',
    count: async (context, person) => ({
      count: await context.incidents.forgetPerson(person, true),
      firstMs: null,
      lastMs: null,
    }),
    async erase(context, person) {
      await context.incidents.forgetPerson(person, false)
      return true
    },
  },
  {
    name: 'queues',
    stored: [
      'queue postern-events',
      'queue postern-dead',
      'queue postern-email-service',
      'queue postern-email-dead',
      'R2 postern-large',
      'EspAccount kv',
    ],
    holds:
      'deliveries and events of a backfill that are not stored yet: encrypted, but for events that Cloudflare’s Email Service wrote',
    remains: [
      {
        what: 'Messages that were in a queue, or about to be sent there, at the time of the erasure',
        why: 'A queue cannot be searched. What was received before the erasure is stored without the person. What of it goes to quarantine or dead letters loses the person in the next night.',
        days: () => QUEUE_DAYS,
      },
      {
        what: 'Large deliveries in the bucket that were still in a queue then',
        why: 'They go when they are stored, at the latest with the sweep.',
        days: () => LARGE_DAYS,
      },
    ],
  },
  {
    name: 'archive',
    stored: ['R2 postern-archive'],
    holds: 'events with a pseudonym that only the person’s key can make, and a part that only that key opens',
    why: 'Files and all their copies die with the key.',
  },
  {
    name: 'backups',
    stored: ['R2 postern-backups'],
    holds:
      'suppressions and incidents of the nights, encrypted; which people were erased, by keyed hash; audit log, drills and older assessments without addresses',
    why: 'The list of erasures must outlive every restore.',
    remains: [
      {
        what: 'Suppressions and notes of the person in backups',
        why: 'They go with the backup. A restore leaves out who was erased since.',
        days: ({ backups: days }) => days,
      },
    ],
  },
  {
    name: 'captures',
    stored: ['RefusalLog captures', 'RefusalLog captured', 'Registry captures'],
    holds: 'refused deliveries, encrypted, while an operator captures a source',
    remains: [
      {
        what: 'Refused deliveries that an operator captured',
        why: 'They are deleted an hour after the capture began.',
        days: () => 1,
      },
    ],
  },
  {
    name: 'kept_answers',
    stored: ['Registry idempotency_keys'],
    holds: 'answers to requests with an Idempotency-Key, encrypted',
    remains: [
      {
        what: 'Answers that are kept for the repetition of a request',
        why: 'They are deleted after a day.',
        days: () => 1,
      },
    ],
  },
  {
    name: 'suppression sync',
    stored: ['EspAccount suppression_sync'],
    holds: 'keyed hashes of the addresses on both lists, while the suppressions of an ESP are compared',
    remains: [
      {
        what: 'Keyed hashes of the addresses on both lists, while the suppressions of an ESP are compared',
        why: 'They are deleted when the sync ends, and a day after it was planned or has stopped.',
        days: () => 1,
      },
    ],
  },
  {
    name: 'waiting',
    stored: ['Destination waiting', 'Destination positions'],
    holds: 'where waiting deliveries are stored; with `ordered` also the keyed hash of the recipient',
    why: 'They have no content. An event that waits is sent all the same, without the person, under the id that the endpoint may know. The keyed hash goes with the attempts.',
  },
  {
    name: 'telling',
    stored: ['Destination pending_erasures', 'Destination forgotten'],
    holds: 'the address, encrypted, for destinations that are told of erasures, until their endpoint knows',
    remains: [
      {
        what: 'The address, encrypted, for destinations that are told of erasures and do not answer',
        why: 'It goes when the endpoint was told, or has refused ten times.',
        days: () => TELLING_DAYS,
      },
    ],
  },
  {
    name: 'erasures',
    stored: ['D1 erasures', 'D1 erasure_progress', 'Registry erasures'],
    holds: 'the keyed hash of each erased person, and until the erasure is finished the sealed address',
    why: 'Without the list, a restore would bring the person back.',
  },
  {
    name: 'settings',
    stored: ['Registry kv', 'Registry destinations', 'Registry channels'],
    holds:
      'what operators wrote: sealed holds of retention, filters of destinations, addresses of mail channels',
    why: 'A person who is held is not erased. The plan lists filters that name the person, which a person has to change.',
    exported: { holds },
  },
  impersonal('figures', 'Numbers of events by source, time and type.', [
    'D1 counters',
    'D1 deliverability',
    'D1 mailbox_waves',
  ]),
  impersonal('progress', 'Positions, times and names of files.', [
    'D1 history', 'D1 judged_progress', 'D1 policy', 'D1 retention_progress', 'D1 archive_files', 'D1 archive_progress', 'D1 retrying', 'D1 large_deliveries',
    'D1 address_jobs',     'Archive positions',
  ]), // prettier-ignore
  impersonal('store_keys', 'Keys of the whole store, wrapped, and the key of the verification service, sealed.', [
    'D1 store_keys', 'D1 address_service',
  ]), // prettier-ignore
  impersonal('domains', 'Bits by a keyed hash of the domain, shared by many people.', ['Archive domains']),
  impersonal('audit', 'A keyed mark stands for each address. Names of operators stay.', ['Registry audit']),
  impersonal('access', 'Names of operators, hashes of tokens and sessions.', [
    'Registry tokens',
    'Registry sessions',
  ]),
  impersonal('sources', 'Settings of sources and encrypted secrets.', [
    'Registry sources', 'Registry secrets', 'Registry links', 'Registry leaks', 'Registry pending_installs',
    'Registry pending_notifications', 'Registry containments',
  ]), // prettier-ignore
  impersonal('guard', 'Digests of deliveries.', ['Guard hash_buckets', 'Guard kept', 'Guard kv']),
  impersonal('refusals', 'Codes, numbers and /24 or /48 networks.', [
    'RefusalLog latest', 'RefusalLog minutes', 'RefusalLog arrived', 'RefusalLog kv', 'Collector kv',
  ]), // prettier-ignore
  impersonal('watch', 'Numbers by source and minute, networks, positions.', [
    'SourceWatcher recent', 'SourceWatcher states', 'SourceWatcher past', 'SourceWatcher kv', 'Incidents verified', 'Incidents kv',
    'Destination kv', 'Archive kv',
  ]), // prettier-ignore
  impersonal('notices', 'Numbers of incidents, times, errors in our words.', [
    'Incidents channel_states', 'Incidents channel_notices',
  ]), // prettier-ignore
]

/** The reader of each part. */
export const PARTS = Object.assign({}, ...PLACES.map(({ exported }) => exported ?? {})) as {
  readonly [Name in PartName]: Part<Name>
}

/** By the names of places, of those that are counted. @param person blind index, 32 hex digits */
export async function countPlaces(
  context: PlaceContext,
  person: string,
): Promise<Readonly<Record<string, Counted>>> {
  const counts: Record<string, Counted> = { ...(await countInStore(erasureDeps(context), person)) }
  for (const { name, count } of PLACES) if (count !== undefined) counts[name] = await count(context, person)
  return counts
}
