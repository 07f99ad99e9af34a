/** Policy of automatic containments: the setting `containment` of a source document, by the patterns of the watch. */
import * as v from 'valibot'
import { PATTERNS, policyNameOf } from '../../watch/patterns/index.ts'

/** A kind without a containment is only advised about. */
const actionsByName = PATTERNS.flatMap(({ kind, policyActions }) =>
  policyActions.length === 0
    ? []
    : [[policyNameOf(kind), v.optional(v.picklist(['advise', ...policyActions]))] as const],
)

export const ContainmentPolicySchema = v.strictObject(Object.fromEntries(actionsByName))
