/** The policy in force, as the database has it: beside the list that it decides about, so a restore takes both back. */
import * as v from 'valibot'
import { parseStored } from '../../platform/json.ts'
import { DEFAULT_POLICY, POLICY_BEFORE_0_4, type Policy, PolicySchema } from './document.ts'

export interface PolicyRow {
  readonly version: number
  readonly document: string | null
  readonly taken_at: number | null
  readonly judged: string | null
}

export interface StoredPolicy {
  /** 0 until somebody takes a document. */
  readonly version: number
  readonly policy: Policy
  readonly takenAtMs: number | null
  /** The last person who was judged by it; null if all are. */
  readonly judged: string | null
}

const READ = 'SELECT version, document, taken_at, judged FROM policy'

export const policyStatement = (db: D1Database): D1PreparedStatement => db.prepare(READ).bind()

export function policyOf([row]: readonly PolicyRow[]): StoredPolicy {
  if (row === undefined) return { version: 0, policy: DEFAULT_POLICY, takenAtMs: null, judged: null }
  const { version, document, taken_at: takenAtMs, judged } = row
  const parsed = v.safeParse(PolicySchema, document === null ? null : parseStored(document))
  // A document of a later version may have what this one does not know. The stricter policy is the safe one.
  return { version, policy: parsed.success ? parsed.output : POLICY_BEFORE_0_4, takenAtMs, judged }
}

/** SQL: whether another policy is in force than the one of a version. */
export const isOtherPolicy = (version: string): string =>
  `coalesce((SELECT version FROM policy), 0) <> ${version}`
