/** For how many days stored things are kept: one row a number of the document, in six kinds. */

/**
 * Kinds of stored things, in the order of the nightly task. The things of one kind go in the same way, and a hold keeps them in the same
 * way. `unread`: deliveries that could not be read or stored. `traces`: what objects keep of what happened. `records`: of the
 * installation itself.
 */
export const RETENTION_KINDS = ['events', 'archive', 'unread', 'traces', 'records', 'figures'] as const
export type RetentionKind = (typeof RETENTION_KINDS)[number]

export interface SettingRow {
  readonly kind: RetentionKind
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
export const RETENTION_SETTINGS = {
  /** Thirteen months: a campaign can be compared with that of a year before. */
  events: { ...PLAIN, kind: 'events', things: 'events in the store', defaultDays: 400 },
  archive: { ...PLAIN, kind: 'archive', things: 'archived events', defaultDays: 730 },
  quarantine: { ...PLAIN, kind: 'unread', things: 'deliveries in quarantine', defaultDays: 90 },
  dead_letters: { ...PLAIN, kind: 'unread', things: 'dead letters', defaultDays: 90 },
  refusals: { ...PLAIN, kind: 'traces', things: 'refusals', defaultDays: 30 },
  attempts: {
    ...PLAIN,
    kind: 'traces',
    things: 'attempts of destinations',
    defaultDays: 7,
    maxDays: 7,
    whyMax: 'A destination keeps its attempts for seven days at most.',
  },
  incidents: { ...PLAIN, kind: 'traces', things: 'incidents that are over', defaultDays: 730 },
  signals: {
    ...PLAIN,
    kind: 'traces',
    things: 'signals of sources',
    defaultDays: 100,
    maxDays: 100,
    whyMax: 'The watch keeps signals for a hundred days at most.',
  },
  audit: {
    ...PLAIN,
    kind: 'records',
    things: 'lines of the audit log',
    defaultDays: null,
    minDays: 30,
    whyMin: 'Whoever breaks in must not be able to remove their traces sooner.',
  },
  /** A month is also how far back D1 can be restored. */
  backups: {
    ...PLAIN,
    kind: 'records',
    things: 'backups',
    defaultDays: 30,
    maxDays: 30,
    whyMax:
      'A backup still holds what was erased after it was made, and an erasure must be complete within a month.',
    isEndless: false,
  },
  figures: {
    ...PLAIN,
    kind: 'figures',
    things: 'hourly counters and deliverability figures',
    defaultDays: 1_100,
  },
} as const satisfies Readonly<Record<string, SettingRow>>

export type RetentionSetting = keyof typeof RETENTION_SETTINGS

export const SETTING_NAMES = Object.keys(RETENTION_SETTINGS) as readonly RetentionSetting[]

/** The row, with the fields that only some rows have. */
export const settingRow = (setting: RetentionSetting): SettingRow => RETENTION_SETTINGS[setting]
