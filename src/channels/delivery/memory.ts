/** State of the channels and of the notices that each was sent about each incident. It holds no secret and no text of a notice. */
import { makeTables } from '../../platform/table-steps.ts'
import type { SentNotice } from '../attempts.ts'
import { type ChannelHealth, HEALTHY } from '../health.ts'
import type { ChannelKind } from '../index.ts'

/** A channel's own state. */
export interface ChannelState {
  readonly health: ChannelHealth
  /** The version of the channel that it belongs to: a newer one begins anew. */
  readonly version: number
  readonly kind: ChannelKind
  readonly createdAtMs: number
  /** When a test showed that a broken channel works again; 0 for never. */
  readonly repairedMs: number
}

const TABLE_STEPS = [
  `CREATE TABLE channel_states (
    channel TEXT PRIMARY KEY,
    state TEXT NOT NULL             -- JSON of ChannelState
  ) WITHOUT ROWID`,
  `CREATE TABLE channel_notices (
    channel TEXT NOT NULL,
    incident INTEGER NOT NULL,
    notice TEXT NOT NULL,           -- JSON of SentNotice
    PRIMARY KEY (channel, incident)
  ) WITHOUT ROWID`,
]

type AdoptedChannel = Pick<ChannelState, 'version' | 'kind' | 'createdAtMs'> & { readonly name: string }

/** Not one that was removed and made again under that name meanwhile. */
const isSame = (before: ChannelState, { createdAtMs }: AdoptedChannel): boolean =>
  before.createdAtMs === createdAtMs

type StateRow = { channel: string; state: string }
type NoticeRow = { notice: string }

export class ChannelMemory {
  readonly #storage: DurableObjectStorage

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage
    makeTables(storage, 'notices', TABLE_STEPS)
  }

  states(): ReadonlyMap<string, ChannelState> {
    const rows = this.#storage.sql.exec<StateRow>(
      'SELECT channel, state FROM channel_states ORDER BY channel',
    )
    return new Map(
      rows.toArray().map(({ channel, state }) => [channel, JSON.parse(state) as ChannelState] as const),
    )
  }

  /** By incident. */
  sent(channel: string): Map<number, SentNotice> {
    const rows = this.#storage.sql.exec<NoticeRow>(
      'SELECT notice FROM channel_notices WHERE channel = ?',
      channel,
    )
    const notices = rows.toArray().map(({ notice }) => JSON.parse(notice) as SentNotice)
    return new Map(notices.map((notice) => [notice.incident, notice]))
  }

  /** Stores what is known after a try, in one transaction. */
  note(channel: string, state: ChannelState, notices: readonly SentNotice[]): void {
    this.#storage.transactionSync(() => {
      this.#putState(channel, state)
      for (const notice of notices)
        this.#storage.sql.exec(
          'INSERT OR REPLACE INTO channel_notices (channel, incident, notice) VALUES (?, ?, ?)',
          channel,
          notice.incident,
          JSON.stringify(notice),
        )
    })
  }

  /**
   * Aligns the stored states with the existing channels. A changed channel is tried again. A channel whose kind changed, or that was
   * deleted and created again, starts with no delivery history.
   */
  adopt(channels: readonly AdoptedChannel[]): void {
    this.#storage.transactionSync(() => {
      const states = this.states()
      const names = new Set(channels.map(({ name }) => name))
      for (const name of states.keys()) if (!names.has(name)) this.#forget(name)
      for (const channel of channels) {
        const { name, version, kind, createdAtMs } = channel
        const before = states.get(name)
        const isAnother = before !== undefined && !isSame(before, channel)
        if (before?.version === version && !isAnother) continue
        if (before !== undefined && (isAnother || before.kind !== kind)) this.#forget(name)
        const { lastError, lastSuccessMs } = (isAnother ? undefined : before?.health) ?? HEALTHY
        this.#putState(name, {
          version,
          kind,
          createdAtMs,
          repairedMs: 0,
          health: { ...HEALTHY, lastError, lastSuccessMs },
        })
      }
    })
  }

  /** Forgets incidents that nobody tells any more. */
  keepOnly(incidents: readonly number[]): void {
    this.#storage.sql.exec(
      'DELETE FROM channel_notices WHERE incident NOT IN (SELECT value FROM json_each(?))',
      JSON.stringify(incidents),
    )
  }

  #putState(channel: string, state: ChannelState): void {
    this.#storage.sql.exec(
      'INSERT OR REPLACE INTO channel_states (channel, state) VALUES (?, ?)',
      channel,
      JSON.stringify(state),
    )
  }

  #forget(channel: string): void {
    this.#storage.sql.exec('DELETE FROM channel_states WHERE channel = ?', channel)
    this.#storage.sql.exec('DELETE FROM channel_notices WHERE channel = ?', channel)
  }
}
