/** Words for checks of addresses, on pages and in the command line. */
import { serviceNamed } from '../../addresses/services/index.ts'
import type { Pending } from '../../addresses/services/service.ts'
import type { AddressJob, AddressService, Answer } from '../../api/addresses.ts'
import type { Frozen } from '../../api/route.ts'

const PENDING_WORDS: Readonly<Record<Pending, string>> = {
  key_refused: 'the service refuses the key, or the plan of its account',
  no_credit: 'the service has no credit left',
  slow_down: 'the service asks to slow down',
  later: 'the service does not answer',
  unreadable: 'the service answered what nobody can read',
  not_done: 'the service needs longer: ask again in some minutes',
  asked_already: 'the service is being asked: ask again in a minute',
  budget_used_up: 'the calls of today are used up',
  no_time: 'there was no time left: ask again',
}

/** Reasons that do not say by their name what was found. */
const REASON_WORDS: Readonly<Record<string, string>> = {
  accepted: 'mail was accepted',
  catch_all: 'its domain takes mail for any name',
  disposable: 'a disposable domain',
  free: 'a free mailbox provider',
  not_probed: 'its domain takes mail; nobody asked for the mailbox',
  null_mx: 'its domain takes no mail',
  role: 'not of one person',
  syntax: 'not an address',
  typo: 'perhaps mistyped',
  unreachable: 'DNS or its mail server did not answer',
}

const spaced = (word: string): string => REASON_WORDS[word] ?? word.replaceAll('_', ' ')

/** Why it is so, on one line. */
export const answerWords = ({ reasons, flags, did_you_mean: meant, pending }: Frozen<Answer>): string =>
  [
    ...reasons.filter((one) => one !== 'other' || reasons.length === 1).map(spaced),
    ...(['role', 'free'] as const)
      .filter((name) => flags[name] === true && !reasons.some((one) => one === name))
      .map(spaced),
    ...(meant === null ? [] : [`did you mean ${meant}?`]),
    ...(pending === null ? [] : [`not verified: ${PENDING_WORDS[pending]}`]),
  ].join(', ')

export const byWord = (by: string): string =>
  serviceNamed(by)?.label ??
  { events: 'own events', syntax: 'its form', lists: 'the list of disposable domains', dns: 'DNS' }[by] ??
  by

const count = (number: number): string => number.toLocaleString('en')

export const jobWords = ({ id, state, done, addresses, verdicts }: Frozen<AddressJob>): string =>
  [
    `${id} is ${state}: ${count(done)} of ${count(addresses)} addresses`,
    ...Object.entries(verdicts).map(([verdict, found]) => `${count(found)} ${verdict}`),
    ...(state === 'running' ? ['it goes on by itself, each minute'] : []),
  ].join(', ')

export function serviceWords(service: AddressService): string {
  const {
    service: name,
    region,
    has_key: hasKey,
    spent_today: spent,
    budget_a_day: budget,
    failure,
  } = service
  if (name === null) return 'No service is asked: own events, the form, lists and DNS decide.'
  return [
    `${byWord(name)} is asked, in the region ${region}, ${budget} times a day at most; ${spent} times today.`,
    ...(hasKey ? [] : ['It has no key, so it is not asked.']),
    ...(failure === null ? [] : [`When it was last asked: ${PENDING_WORDS[failure]}.`]),
    ...(service.paused_until === null ? [] : [`It is asked again after ${service.paused_until}.`]),
  ].join(' ')
}
