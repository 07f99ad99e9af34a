/** Versions of secrets in answers about sources and destinations. Never a value. */
import * as v from 'valibot'

/** The fields of one version of a secret. */
export const secretVersion = {
  slot: v.string(),
  version: v.number(),
  state: v.picklist(['pending', 'active', 'retiring', 'revoked']),
  origin: v.picklist(['operator', 'postern']),
  created_at: v.string(),
  activated_at: v.nullable(v.string()),
  accepted_until: v.pipe(v.nullable(v.string()), v.description('Only while the version is retiring.')),
  revoked_at: v.nullable(v.string()),
}

export const RotationSchema = v.object({
  slot: v.string(),
  state: v.pipe(
    v.picklist(['fresh', 'soon', 'due', 'waiting', 'installing']),
    v.description(
      'waiting: a new value was generated and not retrieved yet. installing: the ESP does not have it yet.',
    ),
  ),
  made_here: v.pipe(
    v.boolean(),
    v.description('true if Postern generates new values, false if the ESP does.'),
  ),
  due_at: v.pipe(v.nullable(v.string()), v.description('When the next rotation is due.')),
  problem: v.pipe(
    v.nullable(v.string()),
    v.description('Why the ESP did not accept the new value. Only while installing.'),
  ),
})
