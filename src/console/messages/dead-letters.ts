/** Why a message was given up, in plain words. */
import type { DeadReason } from '../../store/dead-letters.ts'

const WORDS: Record<DeadReason, string> = {
  envelope_malformed: 'It is not a message of ours, so it cannot be put back.',
  version_unknown: 'It was made by a newer Postern. Deploy the consumer, then put it back.',
  key_version_unknown:
    'It is sealed under a master key that the consumer does not have. Give all Workers the same MASTER_KEY, then put it back.',
  seal_broken: 'Its contents do not open: they were changed, or sealed under another master key.',
  contents_malformed: 'Its contents are not of the form of this version.',
  contents_missing: 'The large delivery that it points to is not in the bucket.',
  contents_unavailable: 'The bucket kept failing.',
  store_failed: 'The store kept failing.',
}

export const deadLetterWord = (reason: DeadReason): string => WORDS[reason]
