/** Verifies the chain: finds the first line that is not what was written. */
import { fromHex } from '../../platform/bytes.ts'
import { isObject, parseJsonText } from '../../platform/json.ts'
import { type AuditHead, type AuditLine, macCovers } from './chain.ts'

export const CHAIN_PROBLEMS = ['missing', 'misplaced', 'changed'] as const
export type ChainProblem = (typeof CHAIN_PROBLEMS)[number]

export type ChainResult =
  /** All lines up to this head are as they were written. */
  | { readonly ok: true; readonly head: AuditHead }
  /**
   * The first line that does not follow. `missing`: there is no line with this number. `misplaced`: another line is in its place.
   * `changed`: this line or the previous one is not what was written.
   */
  | { readonly ok: false; readonly seq: number; readonly problem: ChainProblem }

/** @param from the head that the first line follows */
export async function verifyChain(
  from: AuditHead,
  lines: readonly AuditLine[],
  key: CryptoKey,
): Promise<ChainResult> {
  let head = from
  for (const { seq, text, mac } of lines) {
    const expected = head.seq + 1
    if (seq !== expected)
      return { ok: false, seq: expected, problem: seq > expected ? 'missing' : 'misplaced' }
    const entry = parseJsonText(text)
    if (!isObject(entry) || entry['seq'] !== seq) return { ok: false, seq, problem: 'misplaced' }
    const tag = fromHex(mac)
    if (tag === undefined || !(await macCovers(tag, head.mac, text, key)))
      return { ok: false, seq, problem: 'changed' }
    head = { seq, mac }
  }
  return { ok: true, head }
}
