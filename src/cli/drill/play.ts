/** Sends what a drill consists of, and waits for the incident. */
import { type Incident, incidentRoutes } from '../../api/incidents.ts'
import { sentFrom } from '../../simulator/client-address.ts'
import type { OutgoingRequest } from '../../simulator/sender.ts'
import type { Io } from '../command.ts'
import type { Api } from '../connection/api.ts'
import { isLocal } from '../connection/find.ts'
import { progress } from '../out/progress.ts'
import { OPERATION_PATTERNS } from '../../watch/operations/index.ts'
import { postTo } from '../sign/post.ts'
import { Stop } from '../stop.ts'
import type { Drill, DrillWorld } from './drill.ts'

const ASK_EVERY_MS = 5_000

/** After so many requests in a row without an answer, the rest is not sent: each would wait for its timeout. */
const UNANSWERED_MAX = 3

/** The rounds of a drill, of which each is sent at once. @returns how often each status came; 0 stands for no answer @throws {Stop} if the gateway does not answer */
export async function playDrill(
  drill: Drill,
  rounds: number,
  world: DrillWorld,
  target: string,
  io: Io,
): Promise<ReadonlyMap<number, number>> {
  const statuses = new Map<number, number>()
  const shown = progress(io.terminal, 'requests sent')
  if (drill.pauseSeconds !== undefined) await world.pause(drill.pauseSeconds)
  if (drill.switchesOff === true) await world.switchOff()
  let before: OutgoingRequest | undefined
  let sent = 0
  let unanswered = 0
  for (let round = 0; round < rounds; round += 1) {
    const startedMs = io.nowMs()
    for (let i = 0; i < drill.requests; i += 1) {
      const { request, address } = await drill.make(world, i, before)
      before = request
      const status =
        (await postTo(target, isLocal(new URL(target)) ? sentFrom(address, request) : request)) ?? 0
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
      unanswered = status === 0 ? unanswered + 1 : 0
      if (unanswered >= UNANSWERED_MAX)
        throw new Stop('denied', 'not_reached', `The gateway does not answer at ${new URL(target).origin}.`)
      shown.at(++sent)
    }
    const leftMs = startedMs + drill.roundSeconds * 1_000 - io.nowMs()
    if (round < rounds - 1) await io.sleep(Math.max(0, leftMs))
  }
  shown.done()
  return statuses
}

/** An incident of this kind at the source that has not ended. The watch opens no other before it has. */
export async function openIncident(api: Api, source: string, kind: string): Promise<Incident | undefined> {
  // An incident of operation is about the whole installation, and has the source as its subject.
  const query = OPERATION_PATTERNS.some((one) => one.kind === kind) ? { kind } : { source }
  const found = await api.list(incidentRoutes.listIncidents, { query }, 50)
  const isOpen = (one: Incident['findings'][number]): boolean =>
    one.kind === kind && one.ended_at === null && (one.subject === null || one.subject === source)
  return found.find(({ findings }) => findings.some(isOpen))
}

/** Waits until the watch has found it. Undefined if it does not in time. */
export async function awaitIncident(
  api: Api,
  source: string,
  { kind, waitSeconds }: Drill,
  io: Io,
): Promise<Incident | undefined> {
  const untilMs = io.nowMs() + waitSeconds * 1_000
  const shown = progress(io.terminal, 'seconds left to wait for the watch', io.nowMs)
  for (;;) {
    const found = await openIncident(api, source, kind)
    const leftMs = untilMs - io.nowMs()
    if (found !== undefined || leftMs <= 0) {
      shown.done()
      return found
    }
    shown.at(Math.ceil(leftMs / 1_000))
    await io.sleep(Math.min(ASK_EVERY_MS, leftMs))
  }
}

/** How long a drill takes at most, with the wait for the watch. */
export const drillMinutes = ({ roundSeconds, waitSeconds }: Drill, rounds: number): number =>
  Math.ceil(((rounds - 1) * roundSeconds + waitSeconds) / 60)
