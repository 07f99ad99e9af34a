/** JSON from outside: strict about bytes and depth, and careful with numbers that a double cannot hold. */
import { textOf } from './bytes.ts'

/** Deeper nesting than any ESP sends; past it, recursive readers could run out of stack. */
const MAX_DEPTH = 64

/** Any run of digits long enough that a double may round it. */
const LONG_NUMBER = /[0-9]{16,}/

/** Without this and without a long number, none overflows: fifteen digits and an exponent of two are far from 1e308. */
const LARGE_EXPONENT = /[0-9][eE]\+?[0-9]{3,}/

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
  if (depthExceeds(text, MAX_DEPTH)) return undefined
  try {
    // A reviver is called for every value and takes several times as long as the parsing.
    if (LONG_NUMBER.test(text)) return JSON.parse(text, keepingDigits) as Json
    return (LARGE_EXPONENT.test(text) ? JSON.parse(text, finite) : JSON.parse(text)) as Json
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

function depthExceeds(text: string, limit: number): boolean {
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === 0x22) {
      i = endOfString(text, i)
      // It does not end, so the text is no JSON anyway.
      if (i < 0) return false
    } else if (code === 0x7b || code === 0x5b) {
      if (++depth > limit) return true
    } else if (code === 0x7d || code === 0x5d) depth--
  }
  return false
}

/** Where the string that begins there ends, or -1. Most of a delivery is within strings, and `indexOf` runs through them. */
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
