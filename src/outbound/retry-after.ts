const WHOLE = /^[0-9]{1,9}$/
const FRACTIONAL = /^[0-9]{1,9}(?:\.[0-9]{1,9})?$/

/** Seconds that `Retry-After` asks for, from seconds or an HTTP date (RFC 9110 section 10.2.3); null if it is neither. */
export function retryAfterSeconds(
  headers: Pick<Headers, 'get'>,
  nowMs: number,
  { mayHaveFractions = false } = {},
): number | null {
  const text = headers.get('retry-after')?.trim() ?? ''
  if ((mayHaveFractions ? FRACTIONAL : WHOLE).test(text)) return Math.ceil(Number(text))
  if (!/^[A-Z][a-z]{2},? /.test(text)) return null
  const atMs = Date.parse(text)
  return Number.isNaN(atMs) ? null : Math.max(0, Math.ceil((atMs - nowMs) / 1_000))
}
