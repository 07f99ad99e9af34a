/** JSON from outside: strict about bytes and depth, and careful with numbers that a double cannot hold. */
import { textOf } from './bytes.ts'

/** Deeper nesting than any ESP sends; past it, recursive readers could run out of stack. */
const MAX_DEPTH = 64

/** Digits in a row from which on a double may round the number. */
const LONG_NUMBER = 16

export type Json = null | boolean | number | string | Json[] | JsonObject
export interface JsonObject {
  [key: string]: Json
}

/**
 * Parses a body. `undefined` for invalid UTF-8, invalid JSON, nesting past 64 and numbers that overflow (1e400).
 * Integers past 2^53 come back as strings with all their digits (Mailjet's message ids are such).
 * Of duplicate keys the last one counts, as in every JSON.parse.
 */
export function parseJson(bytes: Uint8Array): Json | undefined {
  const text = textOf(bytes)
  return text === undefined ? undefined : parseJsonText(text)
}

/** As {@link parseJson}, for text. */
export function parseJsonText(text: string): Json | undefined {
  const { depth, numbers } = survey(text)
  if (depth > MAX_DEPTH) return undefined
  // A reviver is called for every value and takes several times as long as the parsing.
  return numbers === 'plain' ? parsed(text) : parsed(text, REVIVERS[numbers])
}

/**
 * As {@link parseJson}, with numbers as doubles: for unverified bytes, which are only searched for their proof. One long number in them
 * must not multiply the cost.
 */
export function parseUnverified(bytes: Uint8Array): Json | undefined {
  const text = textOf(bytes)
  return text === undefined || survey(text).depth > MAX_DEPTH ? undefined : parsed(text)
}

/** For JSON that we have stored, without the limits for a stranger's. Undefined if it is damaged. */
export const parseStored = (text: string): unknown => parsed(text)

function parsed(text: string, reviver?: Reviver): Json | undefined {
  try {
    return JSON.parse(text, reviver) as Json
  } catch {
    return undefined
  }
}

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

type Reviver = (this: unknown, key: string, value: unknown, context?: { readonly source?: string }) => unknown

const finite: Reviver = (_key, value) => {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new RangeError('number out of range')
  return value
}

const keepingDigits: Reviver = (_key, value, context) => {
  if (typeof value !== 'number') return value
  if (!Number.isFinite(value)) throw new RangeError('number out of range')
  const source = context?.source
  return source !== undefined && /^-?[0-9]+$/.test(source) && !Number.isSafeInteger(value) ? source : value
}

const REVIVERS = { long: keepingDigits, exponents: finite } as const

interface Survey {
  /** The deepest nesting, or the first that is too deep. */
  readonly depth: number
  /** Without a long number and without an exponent none is rounded and none overflows. */
  readonly numbers: 'plain' | keyof typeof REVIVERS
}

/**
 * Scans the text before parsing, in one pass that skips strings: regular expressions over the whole text took longer than `JSON.parse`
 * itself. For text that is not JSON the result is arbitrary.
 */
function survey(text: string): Survey {
  let depth = 0
  let deepest = 0
  let digits = 0
  let numbers: Survey['numbers'] = 'plain'
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code >= 0x30 && code <= 0x39) {
      if (++digits === LONG_NUMBER) numbers = 'long'
      continue
    }
    if (digits > 0 && (code === 0x65 || code === 0x45) && numbers === 'plain') numbers = 'exponents'
    digits = 0
    if (code === 0x22) {
      i = endOfString(text, i)
      // The string does not end, so the text is not JSON.
      if (i < 0) break
    } else if (code === 0x7b || code === 0x5b) {
      deepest = Math.max(deepest, ++depth)
      if (deepest > MAX_DEPTH) break
    } else if (code === 0x7d || code === 0x5d) depth--
  }
  return { depth: deepest, numbers }
}

/** The end of the string that begins there, or -1. Most of a delivery is within strings, and `indexOf` skips them fast. */
function endOfString(text: string, start: number): number {
  let end = start
  do end = text.indexOf('"', end + 1)
  while (end > 0 && isEscaped(text, end))
  return end
}

/** After an odd number of backslashes a quote is part of the string. */
function isEscaped(text: string, at: number): boolean {
  let before = at - 1
  while (text.charCodeAt(before) === 0x5c) before--
  return (at - before) % 2 === 0
}
