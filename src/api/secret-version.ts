/** Versions of secrets in answers about sources and destinations. Never a value. */
import * as v from 'valibot'
import { described } from '../platform/described.ts'

/** The fields of one version of a secret. */
export const secretVersion = {
  slot: v.string(),
  version: v.number(),
  state: v.picklist(['pending', 'active', 'retiring', 'revoked']),
  origin: v.picklist(['operator', 'postern']),
  created_at: v.string(),
  activated_at: v.nullable(v.string()),
  accepted_until: described(v.nullable(v.string()), 'Only while the version is retiring.'),
  revoked_at: v.nullable(v.string()),
}

export const RotationSchema = v.object({
  slot: v.string(),
  state: described(
    v.picklist(['fresh', 'soon', 'due', 'waiting', 'installing']),
    'waiting: a new value was generated and not retrieved yet. installing: the ESP does not have it yet.',
  ),
  made_here: described(v.boolean(), 'true if Postern generates new values, false if the ESP does.'),
  due_at: described(v.nullable(v.string()), 'When the next rotation is due.'),
  problem: described(
    v.nullable(v.string()),
    'Why the ESP did not accept the new value. Only while installing.',
  ),
})
