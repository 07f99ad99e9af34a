/** Problem responses for changes of a source, a destination or a channel that were refused. */
import type { NotChanged } from '../../registry/sources/source.ts'
import { type Problem, problem } from '../../api/problem.ts'
import { OF_ALL_SOURCES } from '../access/allow.ts'

/** Nouns that have versions of secrets. */
export type OwnerNoun = 'source' | 'destination'

/** Noun of the resource to change. */
type ChangedNoun = OwnerNoun | 'channel'

/** A change by somebody who may not make it at this source. */
export interface NotAllowed {
  readonly ok: false
  readonly code: 'scope_too_narrow'
}

type Refusal = NotChanged | NotAllowed

type Explain<Code extends Refusal['code']> = (
  why: Extract<Refusal, { code: Code }>,
  noun: ChangedNoun,
) => Problem

const EXPLANATIONS: { readonly [Code in Refusal['code']]: Explain<Code> } = {
  scope_too_narrow: () => OF_ALL_SOURCES,
  document_invalid: ({ problems }, noun) =>
    problem(
      'document_invalid',
      `The ${noun} was not saved: ${problems.map(({ path }) => path || 'document').join(', ')}.`,
      { problems },
    ),
  version_conflict: ({ version }, noun) =>
    problem(
      'version_conflict',
      version === 0
        ? `The ${noun} does not exist any more. Nothing was changed.`
        : `The ${noun} is now at version ${version}: read it again. Nothing was changed.`,
    ),
  source_unknown: () => problem('source_unknown', 'There is no source of this name.'),
  destination_unknown: () => problem('destination_unknown', 'There is no destination of this name.'),
  channel_unknown: () => problem('channel_unknown', 'There is no channel of this name.'),
  secret_unknown: ({ slots }, noun) =>
    problem(
      'secret_unknown',
      slots === undefined
        ? `The ${noun} has no such secret, or its version is over.`
        : `The ${noun} has no slot of this name. Its slots are ${slots.join(', ')}.`,
    ),
  would_strand: (_why, noun) =>
    problem(
      'would_strand',
      noun === 'source'
        ? 'No accepted secret would be left, and every delivery would be refused.'
        : 'No secret would be left to sign deliveries with: rotate it instead.',
    ),
  setup_not_needed: () =>
    problem(
      'setup_not_needed',
      'This ESP makes no call before its first delivery: nothing has to be opened.',
    ),
  value_needed: () => problem('value_needed', 'The ESP makes this secret: send the new value that it shows.'),
  too_many_versions: () =>
    problem('too_many_versions', 'Too many versions of this secret are accepted: revoke one first.'),
}

export const notChanged = (why: Refusal, noun: ChangedNoun = 'source'): Problem =>
  (EXPLANATIONS[why.code] as (why: Refusal, noun: ChangedNoun) => Problem)(why, noun)
