/**
 * A form that was sent after its session had ended: sealed into the log-in form, so that whoever logs in again can send it. It is on
 * nobody's disk but theirs. It may be somebody else who logs in: so only fields that hold no secret are kept, and only who may send the
 * form sees them.
 */
import { fromBase64Url, textOf, toBase64Url, utf8 } from '../../platform/bytes.ts'
import { isObject, parseJsonText } from '../../platform/json.ts'
import { HOUR_MS } from '../../platform/time.ts'
import { readBytes } from '../api/input.ts'
import { type Actor, may, sees, seesAll } from '../access/actor.ts'
import type { ConsoleContext } from '../context.ts'
import type { PageRoute } from './route.ts'

export const UNSENT_FIELD = 'unsent'

/** Sealed and in Base64, with a token beside it, it fits into the form of a stranger. */
const MAX_BYTES = 9_000
const KEPT_MS = HOUR_MS
const ASSOCIATED_DATA = 'unsent form'

/**
 * Fields that are kept. A document, a URL or a header may hold a credential, and a field that is new here as well: whoever typed into
 * any other field opens the form again.
 */
const KEPT: ReadonlySet<string> = new Set([
  'address', 'assignee', 'cause', 'expires_in_days', 'id', 'keep_suppression', 'lessons', 'name', 'note',
  'reason', 'role', 'scope', 'source', 'sources', 'text', 'types', 'until', 'why',
]) // prettier-ignore

/** Fields that may be secrets: by their names here, and by {@link SECRET_FIELD}. */
const MAY_BE_SECRET = /secret|token|password|passphrase|credential|key$/i
/** Names the fields of a form that are typed as a password. */
export const SECRET_FIELD = 'is_secret'

/** Fields that nobody types. */
const OURS: ReadonlySet<string> = new Set(['form_token', SECRET_FIELD])

export interface Unsent {
  readonly path: string
  /** Names with values. A name may come more than once, as of boxes that are checked. */
  readonly fields: readonly (readonly [name: string, value: string])[]
  /** Whether more was typed than is kept: without it, the form would do something else. */
  readonly lacksMore: boolean
}

/** Conditions on whoever may send a form. */
export interface Needs extends Pick<PageRoute, 'who' | 'allSources'> {
  /** The source that it is about; null if it is about none. */
  readonly source: string | null
}

const mayOpen = (actor: Actor, { who, allSources, source }: Needs): boolean =>
  (who === 'anybody' || may(actor, who)) &&
  (allSources !== true || seesAll(actor)) &&
  (source === null || sees(actor, source))

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
export async function sealUnsent(c: ConsoleContext, needs: Needs): Promise<string | undefined> {
  const { origin, pathname } = new URL(c.req.url)
  if (c.req.method !== 'POST' || c.req.header('origin') !== origin) return undefined
  const bytes = await readBytes(c.req.raw, MAX_BYTES)
  const form = new URLSearchParams(textOf(bytes ?? new Uint8Array()))
  const isSecret = secretsOf(form)
  const typed = [...form].filter(([name, value]) => !OURS.has(name) && value !== '')
  const fields = typed.filter(([name]) => KEPT.has(name) && !isSecret(name))
  if (fields.length === 0) return undefined
  const lacksMore = fields.length < typed.length
  const { nowMs: atMs } = c.get('baseContext')
  const text = JSON.stringify({ path: pathname, fields, lacksMore, needs, atMs })
  return utf8(text).length > MAX_BYTES
    ? undefined
    : toBase64Url(await c.get('isolate').formSealer.seal(utf8(text), ASSOCIATED_DATA))
}

/** The form that a log-in brings; undefined if there is none, it is too old, or the actor may not send it. */
export async function openUnsent(c: ConsoleContext, actor: Actor): Promise<Unsent | undefined> {
  const sealed = fromBase64Url(c.get('form').get(UNSENT_FIELD) ?? '')
  if (sealed === undefined || sealed.byteLength === 0) return undefined
  try {
    const text = textOf(await c.get('isolate').formSealer.open(sealed, ASSOCIATED_DATA)) ?? ''
    const opened = parseJsonText(text)
    if (!isObject(opened) || Number(opened['atMs']) < c.get('baseContext').nowMs - KEPT_MS) return undefined
    // Only we seal it.
    const unsent = opened as unknown as Unsent & { readonly needs: Needs }
    return mayOpen(actor, unsent.needs) ? unsent : undefined
  } catch {
    return undefined
  }
}
