/**
 * A form that was sent after its session had ended: sealed into the log-in form, so that whoever logs in again can send it. It is on
 * nobody's disk but theirs.
 */
import { fromBase64Url, textOf, toBase64Url, utf8 } from '../../platform/bytes.ts'
import { isObject, parseJsonText } from '../../platform/json.ts'
import { HOUR_MS } from '../../platform/time.ts'
import { readBytes } from '../api/input.ts'
import type { ConsoleContext } from '../context.ts'

export const UNSENT_FIELD = 'unsent'

/** Sealed and in Base64, with a token beside it, it fits into the form of a stranger. */
const MAX_BYTES = 9_000
const KEPT_MS = HOUR_MS
const ASSOCIATED_DATA = 'unsent form'

/** Fields that may be secrets are left out: by their names here, and by {@link SECRET_FIELD}. */
const MAY_BE_SECRET = /secret|token|password|passphrase|credential|key$/i
/** Names the fields of a form that are typed as a password. */
export const SECRET_FIELD = 'is_secret'

export interface Unsent {
  readonly path: string
  /** Names with values. A name may come more than once, as of boxes that are checked. */
  readonly fields: readonly (readonly [name: string, value: string])[]
  /** Whether a secret was typed: without it, the form would do something else. */
  readonly lacksSecret: boolean
}

function secretsOf(form: URLSearchParams): (name: string) => boolean {
  const named = new Set(form.getAll(SECRET_FIELD))
  return (name) => named.has(name) || MAY_BE_SECRET.test(name)
}

/** Whether a secret was typed into a form. No page shows it again. */
export function hasSecret(form: URLSearchParams): boolean {
  const isSecret = secretsOf(form)
  return [...form].some(([name, value]) => name !== 'form_token' && value !== '' && isSecret(name))
}

/** The form of the request; undefined if it is too long, is none of our pages', or has nothing in it. */
export async function sealUnsent(c: ConsoleContext): Promise<string | undefined> {
  const { origin, pathname } = new URL(c.req.url)
  if (c.req.method !== 'POST' || c.req.header('origin') !== origin) return undefined
  const bytes = await readBytes(c.req.raw, MAX_BYTES)
  const form = new URLSearchParams(textOf(bytes ?? new Uint8Array()))
  const isSecret = secretsOf(form)
  const fields = [...form].filter(([name]) => name !== SECRET_FIELD && !isSecret(name))
  if (fields.length === 0) return undefined
  const lacksSecret = hasSecret(form)
  const text = JSON.stringify({ path: pathname, fields, lacksSecret, atMs: c.get('baseContext').nowMs })
  return utf8(text).length > MAX_BYTES
    ? undefined
    : toBase64Url(await c.get('isolate').formSealer.seal(utf8(text), ASSOCIATED_DATA))
}

/** The form that a log-in brings; undefined if there is none, or it is too old. */
export async function openUnsent(c: ConsoleContext): Promise<Unsent | undefined> {
  const sealed = fromBase64Url(c.get('form').get(UNSENT_FIELD) ?? '')
  if (sealed === undefined || sealed.byteLength === 0) return undefined
  try {
    const text = textOf(await c.get('isolate').formSealer.open(sealed, ASSOCIATED_DATA)) ?? ''
    const opened = parseJsonText(text)
    if (!isObject(opened) || Number(opened['atMs']) < c.get('baseContext').nowMs - KEPT_MS) return undefined
    // Only we seal it.
    return opened as unknown as Unsent
  } catch {
    return undefined
  }
}
