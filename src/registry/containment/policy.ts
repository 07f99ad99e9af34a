/** Policy of automatic containments: the setting `containment` of a source document, by the patterns of the watch. */
import * as v from 'valibot'
import { setting } from '../../platform/settings.ts'
import { kindName } from '../../watch/names.ts'
import { PATTERNS, policyNameOf } from '../../watch/patterns/index.ts'

/** A kind without a containment is only advised about. */
const actionsByName = PATTERNS.flatMap(({ kind, policyActions }) =>
  policyActions.length === 0
    ? []
    : [
        [
          policyNameOf(kind),
          setting(
            v.optional(v.picklist(['advise', ...policyActions])),
            kindName(kind),
            `What Postern does by itself for an hour about: ${kindName(kind).toLowerCase()}.`,
            { group: 'What Postern does by itself', unset: 'advise' },
          ),
        ] as const,
      ],
)

export const ContainmentPolicySchema = v.strictObject(Object.fromEntries(actionsByName))
