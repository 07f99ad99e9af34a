/**
 * Sends incidents to channels, for the object that keeps them. It sends at least once: if the object dies between sending and storing,
 * the notice is sent again. Channels that keep state and webhooks recognize that by a key; chats and mail show it twice.
 */
import { type Log, faultName } from '../../platform/log.ts'
import { SealBroken } from '../../platform/seal.ts'
import type { SealedChannel } from '../../registry/channels/channel.ts'
import type { TestedChannel } from '../../api/channels.ts'
import type { ChannelStatus } from '../../watch/incidents/api.ts'
import type { IncidentRecords } from '../../watch/incidents/records.ts'
import type { OperationFacts } from '../../watch/operations/facts.ts'
import type { Target } from '../adapter.ts'
import { type SentNotice, afterTry } from '../attempts.ts'
import { type ChannelIncident, type DueChannel, dueNotices } from '../due.ts'
import { type ChannelHealth, healthAfter } from '../health.ts'
import { concurrently } from '../../platform/concurrently.ts'
import { adapterOf } from '../index.ts'
import type { Outcome } from '../judge.ts'
import { ChannelMemory, type ChannelState } from './memory.ts'
import { nextDueMs } from './next-due.ts'
import type { Notice } from '../notice.ts'
import { type Place, channelIncident, limitedTo } from './of-incident.ts'
import { type SendDeps, type SendResult, sendNotices } from '../send.ts'
import { testNotice } from './test-notice.ts'
import { lineOf } from './timeline-line.ts'

export interface DeliveryDeps extends Place {
  readonly storage: DurableObjectStorage
  readonly records: Pick<IncidentRecords, 'recent' | 'incident' | 'note'>
  /** All channels; null if none was changed since this version. */
  readonly load: (
    knownVersion: number,
  ) => Promise<{ readonly version: number; readonly channels: readonly SealedChannel[] } | null>
  /** The values of a channel's secrets, by slot. @throws {SealBroken} */
  readonly open: (channel: SealedChannel) => Promise<Readonly<Record<string, string>>>
  readonly send: SendDeps
  /** From 0 up to 1. */
  readonly random: () => number
  readonly log: Log
  /** How long one call of `deliver` waits for channels. Those that need longer end by themselves. */
  readonly waitMs?: number
}

/** Less than the deadline of one request and the loop's minute, so that one slow channel holds up neither. */
const WAIT_MS = 8_000

/** Of one channel in one run, the most severe first. The rest follows a second later. */
const NOTICES_MAX = 20
const REST_MS = 1_000

/** The platform allows six connections at a time. Channels that fail have their own share, and delay no others. */
const WORKING_AT_ONCE = 4
const FAILING_AT_ONCE = 2

const NEVER = -1

export class NoticeDelivery {
  readonly #deps: DeliveryDeps
  readonly #memory: ChannelMemory
  #known: { readonly version: number; readonly channels: readonly SealedChannel[] } = {
    version: NEVER,
    channels: [],
  }
  /** Channels that are being sent to. */
  readonly #busy = new Set<string>()

  constructor(deps: DeliveryDeps) {
    this.#deps = deps
    this.#memory = new ChannelMemory(deps.storage)
  }

  /**
   * Sends what is due.
   *
   * @returns milliseconds until something is due again; null if only a change of an incident brings more
   */
  async deliver(): Promise<number | null> {
    const nowMs = this.#nowMs()
    await this.#load()
    const incidents = this.#deps.records.recent().map((one) => channelIncident(one, this.#deps, nowMs))
    this.#memory.keepOnly(incidents.map(({ incident }) => incident))
    const states = this.#memory.states()
    const free = this.#known.channels.filter(({ name }) => !this.#busy.has(name))
    const failing = free.filter(({ name }) => (states.get(name)?.health.failingSinceMs ?? null) !== null)
    const working = free.filter((channel) => !failing.includes(channel))
    const send = async (channel: SealedChannel) => {
      await this.#sendDue(channel, incidents)
      return true
    }
    await this.#within(
      Promise.all([
        concurrently(working, WORKING_AT_ONCE, send),
        concurrently(failing, FAILING_AT_ONCE, send),
      ]),
    )
    return this.#nextMs(incidents, nowMs)
  }

  status(): ChannelStatus[] {
    return [...this.#memory.states()].map(([name, { health }]) => ({ name, ...health }))
  }

  async test(name: string): Promise<TestedChannel | null> {
    await this.#load()
    const channel = this.#known.channels.find((one) => one.name === name)
    if (channel === undefined) return null
    const nowMs = this.#nowMs()
    for (const state of ['firing', 'resolved'] as const) {
      const notice = testNotice(name, state, nowMs, this.#deps)
      const [result] = await this.#send(channel, [notice])
      if (result === undefined) throw new TypeError('a notice was not sent')
      this.#note(channel, [], [result])
      const { outcome } = result
      if (outcome.result !== 'delivered')
        return { delivered: false, error: outcome.error, status: outcome.status }
    }
    return { delivered: true, error: null, status: null }
  }

  /** Channels were changed: they are loaded again. */
  changed(): void {
    this.#known = { ...this.#known, version: NEVER }
  }

  /** Failing channels, as facts of the operation: the watch opens an incident, which all other channels get. */
  failing(): NonNullable<OperationFacts['channels']> {
    return [...this.#memory.states()].flatMap(([name, { kind, health }]) => {
      const { failures, failingSinceMs, isBroken, lastError } = health
      if (failingSinceMs === null || lastError === null) return []
      const sinceMinute = Math.floor(failingSinceMs / 60_000)
      return [{ name, label: adapterOf(kind).label, failures, isBroken, sinceMinute, error: lastError.error }]
    })
  }

  /** If the registry does not answer, the channels that are known get their notices all the same. */
  async #load(): Promise<void> {
    try {
      const loaded = await this.#deps.load(this.#known.version)
      if (loaded === null) return
      this.#memory.adopt(
        loaded.channels.map(({ name, version, createdAtMs, config: { kind } }) => ({
          name,
          version,
          kind,
          createdAtMs,
        })),
      )
      this.#known = loaded
    } catch (cause) {
      this.#deps.log({ event: 'dependency_unavailable', message: 'registry', fault: faultName(cause) })
    }
  }

  /** Resolves when the work has ended, or after a time: then it ends by itself. */
  async #within(work: Promise<unknown>): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, this.#deps.waitMs ?? WAIT_MS)
    })
    await Promise.race([work, late])
    clearTimeout(timer)
  }

  /** Never throws: nobody may wait for it. */
  async #sendDue(channel: SealedChannel, incidents: readonly ChannelIncident[]): Promise<void> {
    const { name } = channel
    const { records } = this.#deps
    if (this.#busy.has(name)) return
    this.#busy.add(name)
    try {
      const sent = this.#memory.sent(name)
      const nowMs = this.#nowMs()
      const { sources } = channel.config
      const told =
        sources === undefined
          ? incidents
          : incidents.map((one) => limitedTo(records.incident(one.incident, sources), one, this.#deps, nowMs))
      const due = dueNotices(this.#dueChannel(channel), told, sent, nowMs).slice(0, NOTICES_MAX)
      if (due.length === 0) return
      const results = await this.#send(channel, due)
      // A notice of several messages has arrived with the last one of them.
      const outcomes = new Map(
        results.flatMap(({ notices, outcome }) => notices.map((notice) => [notice, outcome] as const)),
      )
      const notices = [...outcomes].map(([notice, outcome]) => ({
        notice,
        outcome,
        after: this.#after(channel, sent, notice, outcome),
      }))
      this.#note(
        channel,
        notices.map(({ after }) => after),
        results,
      )
      for (const { notice, outcome, after } of notices) {
        const line = lineOf(channel, notice, outcome, sent.get(notice.incident), after)
        if (line !== undefined) records.note(notice.incident, line.kind, line.text, null)
      }
    } catch (cause) {
      this.#deps.log({ event: 'channel_failed', channel: name, fault: faultName(cause) })
    } finally {
      this.#busy.delete(name)
    }
  }

  async #send(channel: SealedChannel, notices: readonly Notice[]): Promise<SendResult[]> {
    const adapter = adapterOf(channel.config.kind)
    try {
      const target: Target = { settings: channel.config, secrets: await this.#deps.open(channel) }
      const missing = Object.keys(adapter.secrets).some(
        (slot) => adapter.secrets[slot]?.isRequired === true && target.secrets[slot] === undefined,
      )
      if (missing) return [{ notices, outcome: SECRET_LOST, wasTried: true }]
      return await sendNotices(notices, adapter, target, this.#deps.send)
    } catch (cause) {
      if (!(cause instanceof SealBroken)) throw cause
      return [{ notices, outcome: SECRET_LOST, wasTried: true }]
    }
  }

  #after(
    { config: { kind } }: SealedChannel,
    sent: ReadonlyMap<number, SentNotice>,
    notice: Notice,
    outcome: Outcome,
  ): SentNotice {
    const { giveUpAfterSeconds } = adapterOf(kind)
    const one = { nowMs: this.#nowMs(), random: this.#deps.random(), giveUpAfterSeconds }
    return afterTry(sent.get(notice.incident), notice, outcome, one)
  }

  #note(channel: SealedChannel, sent: readonly SentNotice[], results: readonly SendResult[]): void {
    const nowMs = this.#nowMs()
    const before = this.#memory.states().get(channel.name)
    // It was changed or removed while it was sent to: what an earlier version did says nothing about this one.
    if (before === undefined || before.version !== channel.version) return
    const health = results
      .filter(({ wasTried }) => wasTried)
      .reduce<ChannelHealth>((known, { outcome }) => healthAfter(known, outcome, nowMs), before.health)
    const isRepaired = before.health.isBroken && !health.isBroken
    const state: ChannelState = { ...before, health, repairedMs: isRepaired ? nowMs : before.repairedMs }
    this.#memory.note(channel.name, state, sent)
    if (health.isBroken && !before.health.isBroken)
      this.#deps.log({ event: 'channel_broken', channel: channel.name, ...statusOf(health) })
  }

  #dueChannel({ name, config, changedAtMs }: SealedChannel): DueChannel {
    const state = this.#memory.states().get(name)
    return {
      name,
      kind: config.kind,
      config,
      changedMs: Math.max(changedAtMs, state?.repairedMs ?? 0),
      isBroken: state?.health.isBroken ?? false,
    }
  }

  #nextMs(incidents: readonly ChannelIncident[], nowMs: number): number | null {
    const times = this.#known.channels.flatMap((channel) => {
      if (this.#busy.has(channel.name)) return [nowMs + REST_MS]
      const due = this.#dueChannel(channel)
      const sent = this.#memory.sent(channel.name)
      const isLeft = dueNotices(due, incidents, sent, nowMs).length > 0
      return isLeft ? [nowMs + REST_MS] : (nextDueMs(due, incidents, sent, nowMs) ?? [])
    })
    return times.length === 0 ? null : Math.max(0, Math.min(...times) - this.#nowMs())
  }

  #nowMs(): number {
    return this.#deps.send.nowMs()
  }
}

const SECRET_LOST: Outcome = {
  result: 'broken',
  error: 'No configured master key opens a secret of the channel: enter it again.',
  status: null,
}

const statusOf = ({ lastError }: ChannelHealth) =>
  lastError === null || lastError.status === null ? {} : { status: lastError.status }
