/** Places that an erasure does not change: what is there ends by itself, dies with the key, or is needed to keep the person erased. */
import type { Place } from './place.ts'

/** As `src/console/retention/sweep.ts` removes objects that no message names. */
const LARGE_DAYS = 20

/** A day in the queue of events, 14 in the one of dead messages, and the night in which dead letters are searched. */
const QUEUE_DAYS = 16

export const onTheirWay: Place = {
  name: 'queues',
  stored: [
    'queue postern-events',
    'queue postern-dead',
    'queue postern-email-service',
    'queue postern-email-dead',
    'R2 postern-large',
  ],
  holds:
    'deliveries that are not stored yet: encrypted, but for events that Cloudflare’s Email Service wrote',
  remains: [
    {
      what: 'Messages that were in a queue at the time of the erasure',
      why: 'A queue cannot be searched. What was received before the erasure is stored without the person. What of it goes to quarantine or dead letters loses the person in the next night.',
      days: () => QUEUE_DAYS,
    },
    {
      what: 'Large deliveries in the bucket that were still in a queue then',
      why: 'They go when they are stored, at the latest with the sweep.',
      days: () => LARGE_DAYS,
    },
  ],
}

export const archive: Place = {
  name: 'archive',
  stored: ['R2 postern-archive'],
  holds: 'events with a pseudonym that only the person’s key can make, and a part that only that key opens',
  why: 'Files and all their copies die with the key.',
}

export const backups: Place = {
  name: 'backups',
  stored: ['R2 postern-backups'],
  holds:
    'suppressions and incidents of the nights, encrypted; which people were erased, by keyed hash; audit log, drills and assessments without addresses',
  why: 'The list of erasures must outlive every restore.',
  remains: [
    {
      what: 'Suppressions and notes of the person in backups',
      why: 'They go with the backup. A restore leaves out who was erased since.',
      days: ({ backups: days }) => days,
    },
  ],
}

export const captures: Place = {
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
}

export const keptAnswers: Place = {
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
}

export const waiting: Place = {
  name: 'waiting',
  stored: ['Destination waiting', 'Destination positions'],
  holds: 'where waiting deliveries are stored; with `ordered` also the keyed hash of the recipient',
  why: 'They have no content. An event that waits is sent all the same, without the person, under the id that the endpoint may know. The keyed hash goes with the attempts.',
}

/** As `src/destinations/memory/erasures.ts` keeps the news that an endpoint did not take. */
const TELLING_DAYS = 7

export const telling: Place = {
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
}

export const erasures: Place = {
  name: 'erasures',
  stored: ['D1 erasures', 'D1 erasure_progress', 'Registry erasures'],
  holds: 'the keyed hash of each erased person, and until the erasure is finished the sealed address',
  why: 'Without the list, a restore would bring the person back.',
}

export const holds: Place = {
  name: 'settings',
  stored: ['Registry kv', 'Registry destinations', 'Registry channels'],
  holds:
    'what operators wrote: sealed holds of retention, filters of destinations, addresses of mail channels',
  why: 'A person who is held is not erased. The plan lists filters that name the person, which a person has to change.',
}
