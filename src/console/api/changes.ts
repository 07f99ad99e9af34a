/** Problem responses for changes of a source that were refused. */
import type { NotChanged } from '../../registry/sources/source.ts'
import { type Problem, problem } from './problem.ts'

type Explain<Code extends NotChanged['code']> = (why: Extract<NotChanged, { code: Code }>) => Problem

const EXPLANATIONS: { readonly [Code in NotChanged['code']]: Explain<Code> } = {
  document_invalid: ({ problems }) =>
    problem(
      'document_invalid',
      `The source was not saved: ${problems.map(({ path }) => path || 'document').join(', ')}.`,
      { problems },
    ),
  version_conflict: ({ version }) =>
    problem(
      'version_conflict',
      version === 0
        ? 'The source does not exist any more. Nothing was changed.'
        : `The source is now at version ${version}: read it again. Nothing was changed.`,
    ),
  source_unknown: () => problem('source_unknown', 'There is no source of this name.'),
  destination_unknown: () => problem('destination_unknown', 'There is no destination of this name.'),
  secret_unknown: () => problem('secret_unknown', 'The source has no such secret, or its version is over.'),
  would_strand: () =>
    problem('would_strand', 'No accepted secret would be left, and every delivery would be refused.'),
  value_needed: () => problem('value_needed', 'The ESP makes this secret: send the new value that it shows.'),
  too_many_versions: () =>
    problem('too_many_versions', 'Too many versions of this secret are accepted: revoke one first.'),
}

export const notChanged = (why: NotChanged): Problem =>
  (EXPLANATIONS[why.code] as (why: NotChanged) => Problem)(why)
