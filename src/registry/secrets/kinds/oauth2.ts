/** How to ask an authorization server about a token (RFC 7662), and what the token must allow. */
import { isObject } from '../../../platform/json.ts'
import { outboundUrlProblem } from '../../../platform/outbound-url.ts'
import { unknownFields } from '../fields.ts'
import { type KindOfSecret, type KindProblem, accept, wrong } from '../kind.ts'
import { textProblem } from '../text-problem.ts'

const FIELDS = ['introspection_url', 'client_id', 'client_secret', 'scope', 'token_client_id'] as const

/** RFC 6749 appendix A: visible ASCII; scopes are separated by single spaces. */
const CLIENT_ID = /^[\x20-\x7e]{1,256}$/
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/

export const oauth2: KindOfSecret = {
  check(value) {
    if (!isObject(value))
      return wrong('Must be an object with "introspection_url", "client_id" and "client_secret".')
    const fields: Record<(typeof FIELDS)[number], string | undefined> = {
      introspection_url: urlProblem(value['introspection_url']),
      client_id: textOf(value['client_id'], CLIENT_ID),
      client_secret: textProblem(value['client_secret']),
      scope: optional(value['scope'], SCOPE),
      token_client_id: optional(value['token_client_id'], CLIENT_ID),
    }
    const problems = [
      ...unknownFields(value, FIELDS),
      ...Object.entries(fields).flatMap(([field, problem]): KindProblem[] =>
        problem ? [{ field, problem }] : [],
      ),
    ]
    if (problems.length > 0) return { ok: false, problems }
    return accept({
      kind: 'oauth2',
      introspectionUrl: value['introspection_url'] as string,
      clientId: value['client_id'] as string,
      clientSecret: value['client_secret'] as string,
      scope: (value['scope'] as string | undefined) ?? null,
      tokenClientId: (value['token_client_id'] as string | undefined) ?? null,
    })
  },
}

const urlProblem = (value: unknown): string | undefined =>
  typeof value === 'string' ? outboundUrlProblem(value) : 'Must be a URL, as text.'

const textOf = (value: unknown, form: RegExp): string | undefined =>
  typeof value === 'string' && form.test(value)
    ? undefined
    : 'Must be text of visible ASCII characters, not empty.'

const optional = (value: unknown, form: RegExp): string | undefined =>
  value === undefined || value === null ? undefined : textOf(value, form)
