/**
 * Looks each minute whether the path lives, by what its parts have signed. If the consumer or the watch is silent, the console tells the channels
 * itself: the watch that tells everything else lives in the consumer.
 */
import { adapterOf } from '../channels/index.ts'
import type { Notice } from '../channels/notice.ts'
import { type SendDeps, sendNotices } from '../channels/send.ts'
import { post } from '../outbound/post.ts'
import { hostOf } from '../platform/outbound-url.ts'
import { type Log, faultName } from '../platform/log.ts'
import { inUtc, toInstant } from '../platform/time.ts'
import { type FoundProblem, type PathProblem, type Told, pathProblems } from '../refusals/path-state.ts'
import type { RefusalLogApi } from '../refusals/refusal.ts'
import type { SealedChannel } from '../registry/channels/channel.ts'

export interface PathWatchDeps {
  readonly refusalLog: Pick<RefusalLogApi, 'path' | 'sign'>
  readonly channels: () => Promise<readonly SealedChannel[]>
  /** The values of a channel's secrets, by slot. @throws {SealBroken} */
  readonly open: (channel: SealedChannel) => Promise<Readonly<Record<string, string>>>
  readonly send: SendDeps
  /** When the oldest message in the queue was sent; null if none waits. */
  readonly oldestMs: () => Promise<number | null>
  /** A monitor that expects a ping while all is well; empty without one. */
  readonly heartbeatUrl: string
  /** Tells this installation from others that share a channel. */
  readonly installation: string
  readonly nowMs: number
  readonly log: Log
}

const PING_MAX_MS = 10_000

export interface SilenceWords {
  readonly says: string
  readonly todo: string
}

/** Words about the problems that the watch cannot tell. */
export function silenceWords({ problem, sinceMs }: FoundProblem): SilenceWords | undefined {
  const since = toInstant(sinceMs)
  const log =
    'Look at the log of the consumer: npx wrangler tail postern-consumer. npm run deploy replaces it.'
  const words: Readonly<Partial<Record<PathProblem, SilenceWords>>> = {
    consumer_silent: {
      says: `the consumer is silent: nothing of what was accepted since ${since} is known to be stored`,
      todo: `${log} ESPs still get 200: deliveries wait in the queue for 14 days, on the Free plan for one.`,
    },
    watch_silent: {
      says: `the watch is silent since ${since}: nobody is told of attacks and failures`,
      todo: `${log} If the consumer works, postern doctor asks the watch, and that wakes it.`,
    },
  }
  return words[problem]
}

/** @returns notices that were sent */
export async function watchPath(deps: PathWatchDeps): Promise<number> {
  const { refusalLog, nowMs } = deps
  const [path, oldestMs] = await Promise.all([refusalLog.path(), deps.oldestMs().catch(() => null)])
  const problems = pathProblems(path, oldestMs, nowMs)
  if (problems.length === 0) await ping(deps)
  const found = problems.find((one) => silenceWords(one) !== undefined)
  const { told } = path
  if (found === undefined && told === null) return 0
  const channels = (await deps.channels()).filter(({ config }) => !config.paused)
  const isSame = found !== undefined && told?.problem === found.problem
  const over = told === null || isSame ? [] : channels.filter(({ name }) => told.channels.includes(name))
  const known = isSame ? told.channels : []
  const firing = found === undefined ? [] : channels.filter(({ name }) => !known.includes(name))
  const [ended, began] = await Promise.all([
    told === null ? [] : tell(over, told, 'resolved', deps),
    found === undefined ? [] : tell(firing, isSame ? told : found, 'firing', deps),
  ])
  const next: Told | null =
    found === undefined
      ? null
      : {
          problem: found.problem,
          sinceMs: isSame ? told.sinceMs : found.sinceMs,
          channels: [...known, ...began],
        }
  if (JSON.stringify(next) !== JSON.stringify(told)) await refusalLog.sign({ of: 'told', told: next })
  return ended.length + began.length
}

/** @returns the names of the channels that have the notice */
async function tell(
  channels: readonly SealedChannel[],
  problem: FoundProblem,
  state: 'firing' | 'resolved',
  deps: PathWatchDeps,
): Promise<string[]> {
  const words = silenceWords(problem)
  if (words === undefined) return []
  const notice: Notice = {
    incident: 0,
    source: null,
    sources: [],
    kind: problem.problem,
    severity: 'critical',
    headline: inUtc(words.says),
    sinceMs: problem.sinceMs,
    evidence: [words.todo],
    actions: [],
    dedupeKey: `${deps.installation} ${problem.problem} ${problem.sinceMs}`,
    state,
    sequence: state === 'firing' ? 0 : 1,
    replyTo: null,
    alert: 0,
    earlierAlerts: [],
  }
  const told = await Promise.all(
    channels.map(async (channel) => {
      try {
        const target = { settings: channel.config, secrets: await deps.open(channel) }
        const results = await sendNotices([notice], adapterOf(channel.config.kind), target, deps.send)
        return results.every(({ outcome }) => outcome.result === 'delivered') ? [channel.name] : []
      } catch (cause) {
        deps.log({ event: 'channel_failed', channel: channel.name, fault: faultName(cause) })
        return []
      }
    }),
  )
  return told.flat()
}

/** A monitor that gets no ping raises an alarm: also if the console, or all of Cloudflare, is down. */
async function ping({ heartbeatUrl: url, send }: PathWatchDeps): Promise<void> {
  if (url === '') return
  await post({ url, hostname: hostOf(url), headers: {}, body: '', timeoutMs: PING_MAX_MS }, send)
}
