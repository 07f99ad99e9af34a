/** Syncs of suppressions in words. */
import type { Frozen } from '../../api/route.ts'
import type { SuppressionSync } from '../../api/suppression-sync.ts'

const KINDS: Readonly<Record<SuppressionSync['counts'][number]['kind'], string>> = {
  same: 'the same',
  only_there: 'only at the ESP',
  other_reason: 'for another reason at the ESP',
  ended_here: 'lifted or over here, and still at the ESP: remove it there by hand',
  unreadable: 'no address at the ESP: left as it is',
  only_here: 'only here',
  not_listed: 'not in the part of the list that the ESP gives: not sent',
  temporary: 'only here, and ending by itself: not sent',
  unsendable: 'only here: the API of the ESP cannot add it',
}

export const syncKindWord = (kind: keyof typeof KINDS): string => KINDS[kind]

const STATES: Readonly<Record<SuppressionSync['state'], string>> = {
  none: 'The lists were never compared.',
  running: 'The lists are being compared, or changed as you asked. It goes on by itself.',
  planned: 'The lists are compared. Nothing was changed.',
  stopped: 'It has stopped. Another run goes on where it was.',
  done: 'Done.',
  over: 'That was more than a day ago: compare them again.',
}

type Standing = Frozen<Pick<SuppressionSync, 'state' | 'stopped' | 'waits_until' | 'is_cut' | 'counts'>>

export const syncStateWords = ({
  state,
  counts,
  stopped,
  waits_until: until,
  is_cut: isCut,
}: Standing): string =>
  [
    state === 'planned' && counts.every(({ kind }) => kind === 'same')
      ? 'The lists are the same.'
      : STATES[state],
    ...(stopped === null ? [] : [stopped.says]),
    ...(isCut ? ['The ESP gives only the beginning of its list, and no API call gives the rest.'] : []),
    ...(until === null ? [] : [`It goes on at ${until}.`]),
  ].join(' ')
