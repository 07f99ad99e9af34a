/** Finds the probable cause of a refusal: the one change with which the delivery is verified. */
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
import {
  bodyCut,
  certificateUnfetched,
  clock,
  keyOfAnotherKind,
  lengthDiffers,
  millisecondsSigned,
} from './signs.ts'
import { otherUrl } from './url.ts'

/** The table of diagnoses, in the order of attempts: the smallest change first. */
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

/** The table of signs. */
export const SIGNS: readonly Sign[] = [
  clock,
  millisecondsSigned,
  keyOfAnotherKind,
  lengthDiffers,
  bodyCut,
  certificateUnfetched,
]

export interface Found {
  readonly name: string
  readonly sentence: string
}

/** The first diagnosis with a verified variant, else all signs that are present. Empty if nothing is wrong. */
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

/** A variant that is not a valid HTTP request counts as not verified. */
async function isVerified({ capture }: Variant): Promise<boolean> {
  try {
    return (await judge(capture)).kind === 'verified'
  } catch (cause) {
    if (cause instanceof UsageError) return false
    throw cause
  }
}
