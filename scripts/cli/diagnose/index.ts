/** Finds the probable cause why a delivery is not verified: the one change that makes it verify. */
import type { Capture } from '../capture.ts'
import { UsageError } from '../stop.ts'
import { type Judgement, judge } from '../judge.ts'
import {
  byteOrderMark,
  crlfAdded,
  crlfLost,
  inBase64,
  newlineAdded,
  newlineLost,
  quoted,
  reserialised,
} from './body.ts'
import type { Diagnosis, Sign, Variant } from './diagnosis.ts'
import { milliseconds, otherEncoding, otherName, otherPrefix, signatureInBody } from './headers.ts'
import {
  base64AsBytes,
  basicSwapped,
  hexAsBytes,
  notDecoded,
  otherSlot,
  prefixMissing,
  prefixNotCut,
  whiteSpace,
} from './secrets.ts'
import { certificateUnfetched, clock, keyOfAnotherKind, lengthDiffers, millisecondsSigned } from './signs.ts'
import { otherUrl } from './url.ts'

/** The only list of diagnoses, in the order in which they are attempted: the smallest change first. */
export const DIAGNOSES: readonly Diagnosis[] = [
  newlineLost,
  newlineAdded,
  crlfLost,
  crlfAdded,
  byteOrderMark,
  quoted,
  inBase64,
  otherName,
  milliseconds,
  otherEncoding,
  otherPrefix,
  signatureInBody,
  whiteSpace,
  prefixMissing,
  prefixNotCut,
  notDecoded,
  hexAsBytes,
  base64AsBytes,
  basicSwapped,
  otherSlot,
  otherUrl,
  reserialised,
]

/** The only list of signs. */
export const SIGNS: readonly Sign[] = [
  clock,
  millisecondsSigned,
  keyOfAnotherKind,
  lengthDiffers,
  certificateUnfetched,
]

export interface Found {
  readonly name: string
  readonly sentence: string
}

/** The first diagnosis of which a variant is verified, else every sign that shows; nothing for what is in order. */
export async function diagnose(capture: Capture, verdict: Judgement): Promise<readonly Found[]> {
  const wrong = verdict.kind === 'not_verified' || verdict.kind === 'document_wrong'
  for (const diagnosis of wrong ? DIAGNOSES : []) {
    for (const variant of diagnosis.variants(capture)) {
      if (await isVerified(variant))
        return [{ name: diagnosis.name, sentence: completed(diagnosis, variant) }]
    }
  }
  return SIGNS.flatMap(({ name, look }) => {
    const sentence = look(capture, verdict)
    return sentence === undefined ? [] : [{ name, sentence }]
  })
}

const completed = ({ sentence }: Diagnosis, { detail = '' }: Variant): string =>
  sentence.replace('{detail}', () => detail)

/** A variant that HTTP does not allow is no explanation. */
async function isVerified({ capture }: Variant): Promise<boolean> {
  try {
    return (await judge(capture)).kind === 'verified'
  } catch (cause) {
    if (cause instanceof UsageError) return false
    throw cause
  }
}
