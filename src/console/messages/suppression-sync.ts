/** Syncs of suppressions in words. */
import type { SuppressionSync } from '../../api/suppression-sync.ts'
import type { SyncStop } from '../../esp-accounts/api.ts'

const KINDS: Readonly<Record<SuppressionSync['counts'][number]['kind'], string>> = {
  same: 'the same',
  only_there: 'only at the ESP',
  other_reason: 'for another reason at the ESP',
  ended_here: 'lifted, over or erased here, and still at the ESP',
  only_here: 'only here',
  temporary: 'only here, and ending by itself: not sent',
  unsendable: 'only here: the API of the ESP cannot add it',
}

export const syncKindWord = (kind: keyof typeof KINDS): string => KINDS[kind]

const STOPS: Readonly<Record<SyncStop, string>> = {
  no_account: 'The source has no key of an API that Postern knows.',
  key_unreadable: 'The key in esp_api_token is sealed under a master key that is not here: bring it again.',
  key_refused: 'The ESP does not take the key in esp_api_token.',
  key_too_weak: 'The key in esp_api_token lacks a right for suppressions.',
  not_found: 'The ESP does not know the place that provisioner names.',
  rate_limited: 'The ESP takes no more requests for now.',
  over_budget: 'The calls of this hour are used up.',
  unavailable: 'The ESP does not answer.',
  refused: 'The ESP refuses a request.',
  too_large: 'An answer of the ESP is too large.',
  unreadable: 'An answer of the ESP has not the form that it describes.',
  over_bound: 'More would change than suppressionSync.atMost allows without a person. Nothing was changed.',
  leads_in_a_circle: 'The pages of the ESP’s list lead in a circle.',
  too_many: 'The list of the ESP is larger than any that is read.',
  ended: 'A person has ended it.',
}

export const syncStopWords = (code: SyncStop): string => STOPS[code]

const STATES: Readonly<Record<SuppressionSync['state'], string>> = {
  none: 'The lists were never compared.',
  running: 'It runs.',
  planned: 'The lists are compared. Nothing is changed.',
  stopped: 'It has stopped. Another run goes on where it was.',
  done: 'Done.',
  over: 'That was more than a day ago: compare them again.',
}

type Standing = Pick<SuppressionSync, 'state' | 'stopped' | 'waits_until'>

export const syncStateWords = ({ state, stopped, waits_until: until }: Standing): string =>
  [
    STATES[state],
    ...(stopped === null ? [] : [stopped.says]),
    ...(until === null ? [] : [`It goes on at ${until}.`]),
  ].join(' ')
