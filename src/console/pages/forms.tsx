/** Handlers of the forms. Each does what a route of the API does, and leads back to the part of the page it came from. */
import type { Handler } from 'hono'
import type { Role } from '../../registry/operators/operators.ts'
import { lift, suppress, throwAwayLetter, throwAwayQuarantined } from '../operator-actions.ts'
import { readAddress } from '../address.ts'
import type { ConsoleContext, ConsoleHono } from '../context.ts'
import { redrive } from '../redrive.ts'
import { replay } from '../replay.ts'
import { placeOf } from './notices.ts'
import { answerSuppress } from './suppress.tsx'

export interface FormRoute {
  readonly path: string
  /** As of the route of the API that does the same. */
  readonly role: Role
  /** Whether it concerns what belongs to no source. */
  readonly allSources?: true
  readonly act: Handler<ConsoleHono>
}

export const FORMS: readonly FormRoute[] = [
  { path: '/dead-letters/redrive', role: 'operator', act: (c) => redriveSome(c, [field(c, 'id')]) },
  { path: '/dead-letters/redrive-all', role: 'operator', act: (c) => redriveSome(c, 'all') },
  { path: '/dead-letters/remove', role: 'operator', act: removeLetter },
  { path: '/quarantine/replay', role: 'operator', act: replayOne },
  { path: '/quarantine/remove', role: 'operator', act: removeQuarantined },
  { path: '/suppressions/add', role: 'operator', allSources: true, act: suppressOne },
  { path: '/suppressions/remove', role: 'operator', allSources: true, act: liftOne },
]

async function redriveSome(c: ConsoleContext, which: readonly string[] | 'all'): Promise<Response> {
  const { redriven, failed, more } = await redrive(c.get('context'), which)
  if (failed.length === 1 && failed[0]?.problem === 'dead_letter_unknown') {
    return lead(c, placeOf('dead_letter_unknown'))
  }
  if (failed.length > 0) return lead(c, placeOf('redrive_failed', failed.length))
  return lead(c, placeOf(more ? 'redriven_more' : 'redriven', redriven.length))
}

async function removeLetter(c: ConsoleContext): Promise<Response> {
  const removed = await throwAwayLetter(c.get('context'), field(c, 'id'))
  return lead(c, placeOf(removed ? 'dead_letter_removed' : 'dead_letter_unknown'))
}

async function replayOne(c: ConsoleContext): Promise<Response> {
  const replayed = await replay(c.get('context'), field(c, 'id'))
  return lead(c, replayed.ok ? placeOf('replayed', replayed.events) : placeOf(replayed.code))
}

async function removeQuarantined(c: ConsoleContext): Promise<Response> {
  const removed = await throwAwayQuarantined(c.get('context'), field(c, 'id'))
  return lead(c, placeOf(removed ? 'quarantine_removed' : 'quarantine_unknown'))
}

async function suppressOne(c: ConsoleContext): Promise<Response> {
  const given = field(c, 'address').trim()
  const address = readAddress(given)
  const note = field(c, 'note').trim()
  if (address === undefined) {
    return answerSuppress(c, {
      problem: 'That is not an address. Write it as name@domain.',
      address: given,
      note,
    })
  }
  await suppress(c.get('context'), address, note)
  return lead(c, placeOf('suppressed'))
}

async function liftOne(c: ConsoleContext): Promise<Response> {
  const lifted = await lift(c.get('context'), field(c, 'address'))
  return lead(c, placeOf(lifted ? 'lifted' : 'address_not_suppressed'))
}

const field = (c: ConsoleContext, name: string): string => c.get('form').get(name) ?? ''

/** After a form comes a page that can be loaded again without doing it twice. */
const lead = (c: ConsoleContext, to: string): Response => c.redirect(to, 303)
