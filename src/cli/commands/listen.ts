/** `postern listen`: real events on this machine, until Ctrl-C. */
import { visibleJson, visibleText } from '../../platform/visible.ts'
import type { StoredEvent } from '../../store/stored-event.ts'
import { type MakeListed, type Paint, remote } from '../command.ts'
import { followEvents } from '../listen/follow.ts'
import { type Forwarded, endpoint, forward, isDelivered, newSecret, signingKey } from '../listen/forward.ts'
import { listOf } from '../options.ts'

/** So that an application need not be told a new secret each time. */
const SECRET_VARIABLE = 'POSTERN_LISTEN_SECRET'

export const listen: MakeListed = ({ api, io, paint }, ...named) =>
  remote(...named, 'postern listen --forward-to http://localhost:3000/email-events --types email.bounced')
    .option('--forward-to <URL>', 'where to post them, signed and once each: http to this machine, or https')
    .option('--types <LIST>', 'only these types: email.bounced,email.spam_reported', listOf)
    .option('--source <NAME>', 'only of this source')
    .option('--print', 'print each event whole')
    .action(async (options) => {
      const target = options.forwardTo === undefined ? undefined : endpoint(options.forwardTo)
      const given = io.environment[SECRET_VARIABLE]
      const secret = given || newSecret()
      const key = signingKey(secret)
      const ended = io.endedByPerson()
      const remoteApi = await api(options)
      io.terminal.note(`Listening at ${remoteApi.url.origin}, until Ctrl-C.`)
      if (target !== undefined && !given) io.terminal.note(`Signing secret: ${secret}`)
      const counts = { events: 0, delivered: 0, failed: 0 }
      const events = followEvents({
        api: remoteApi,
        query: { types: options.types?.join(','), source: options.source },
        ended,
        onBreak: (why = 'The connection broke off.') =>
          io.terminal.note(`${why} It is opened again, and no event is skipped.`),
      })
      for await (const event of events) {
        const forwarded = target === undefined ? null : await forward(target, key, event, io.nowMs)
        counts.events++
        if (forwarded !== null) counts[isDelivered(forwarded) ? 'delivered' : 'failed']++
        if (options.json === true) io.print(visibleJson(JSON.stringify({ event, forwarded })))
        else io.print(lineOf(event, forwarded, paint))
        if (options.print === true && options.json !== true)
          io.print(visibleJson(JSON.stringify(event, null, 2)))
      }
      io.terminal.note(summaryOf(counts, target !== undefined))
    })

function lineOf(event: StoredEvent, forwarded: Forwarded | null, paint: Paint): string {
  const { received_at, source, type, recipient } = event
  const facts = [received_at.slice(11, 19), source, type, visibleText(recipient ?? '–', 120)]
  if (forwarded === null) return facts.join('  ')
  const { status, milliseconds, error } = forwarded
  const answer = `${status ?? error} in ${milliseconds} ms`
  return [...facts, paint(isDelivered(forwarded) ? 'green' : 'red', answer)].join('  ')
}

function summaryOf(
  counts: Readonly<Record<'events' | 'delivered' | 'failed', number>>,
  isForwarding: boolean,
): string {
  const { events, delivered, failed } = counts
  return isForwarding ? `Events: ${events}. Accepted: ${delivered}. Failed: ${failed}.` : `Events: ${events}.`
}
