/** The kinds of stored things that are kept for a number of days: one row a kind. */

export interface KindRow {
  /** Noun for sentences: what is removed. */
  readonly things: string
  /** Without a setting of its own. Null: until its other bounds remove it. */
  readonly defaultDays: number | null
  readonly minDays: number
  /** Why there is such a minimum, if it is more than a day. */
  readonly whyMin?: string
  readonly maxDays: number
  /** Why it cannot be kept for longer, if it is bounded by more than the form of the document. */
  readonly whyMax?: string
  /** Whether null is allowed. */
  readonly isEndless: boolean
}

/** Ten years. A longer time is a mistake, or means null. */
const DAYS_MAX = 3_650

const PLAIN = { minDays: 1, maxDays: DAYS_MAX, isEndless: true } as const

/** In the order of the document and of the nightly task. */
export const RETENTION_KINDS = {
  /** Thirteen months: a campaign can be compared with that of a year before. */
  events: { ...PLAIN, things: 'events in the store', defaultDays: 400 },
  archive: { ...PLAIN, things: 'archived events', defaultDays: 730 },
  quarantine: { ...PLAIN, things: 'deliveries in quarantine', defaultDays: 90 },
  dead_letters: { ...PLAIN, things: 'dead letters', defaultDays: 90 },
  refusals: { ...PLAIN, things: 'refusals', defaultDays: 30 },
  attempts: {
    ...PLAIN,
    things: 'attempts of destinations',
    defaultDays: 7,
    maxDays: 7,
    whyMax: 'A destination keeps its attempts for seven days at most.',
  },
  incidents: { ...PLAIN, things: 'incidents that are over', defaultDays: 730 },
  signals: {
    ...PLAIN,
    things: 'signals of sources',
    defaultDays: 100,
    maxDays: 100,
    whyMax: 'The watch keeps signals for a hundred days at most.',
  },
  audit: {
    ...PLAIN,
    things: 'lines of the audit log',
    defaultDays: null,
    minDays: 30,
    whyMin: 'Whoever breaks in must not be able to remove their traces sooner.',
  },
  /** A month is also how far back D1 can be restored. */
  backups: {
    ...PLAIN,
    things: 'backups',
    defaultDays: 30,
    maxDays: 30,
    whyMax:
      'A backup still holds what was erased after it was made, and an erasure must be complete within a month.',
    isEndless: false,
  },
  figures: { ...PLAIN, things: 'hourly counters and deliverability figures', defaultDays: 1_100 },
} as const satisfies Readonly<Record<string, KindRow>>

export type RetentionKind = keyof typeof RETENTION_KINDS

export const KIND_NAMES = Object.keys(RETENTION_KINDS) as readonly RetentionKind[]

/** The row, with the fields that only some rows have. */
export const kindRow = (kind: RetentionKind): KindRow => RETENTION_KINDS[kind]
