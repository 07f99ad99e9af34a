/** The form that makes a token, and the one page on which the token is shown. */
import * as v from 'valibot'
import { ROLES } from '../../../api/route.ts'
import { TOKEN_DAYS_DEFAULT, TOKEN_DAYS_MAX, WantedTokenSchema } from '../../../api/tokens.ts'
import { createToken } from '../../api/tokens.ts'
import type { ConsoleContext } from '../../context.ts'
import { answerPage } from '../answer.tsx'
import { Form, TextField } from '../form.tsx'
import { ACCESS_PATH } from './path.ts'

interface Typed extends Readonly<Record<string, string>> {
  readonly name: string
  readonly role: string
  readonly sources: string
  readonly days: string
}

const NOTHING_TYPED: Typed = { name: '', role: 'viewer', sources: '', days: String(TOKEN_DAYS_DEFAULT) }

export const showNewToken = (c: ConsoleContext): Promise<Response> => answerForm(c, NOTHING_TYPED)

export async function makeTokenByForm(c: ConsoleContext): Promise<Response> {
  const typed = typedOf(c.get('form'))
  const names = typed.sources.split(/[\s,]+/).filter((name) => name !== '')
  const wanted = v.safeParse(WantedTokenSchema, {
    name: typed.name,
    role: typed.role,
    expires_in_days: /^[0-9]{1,4}$/.test(typed.days) ? Number(typed.days) : Number.NaN,
    ...(names.length === 0 ? {} : { sources: names }),
  })
  if (!wanted.success) return answerForm(c, typed, problemOf(wanted.issues))
  const created = await createToken(c.get('context'), wanted.output)
  if (!created.ok) return answerForm(c, typed, NOT_CREATED[created.code])
  return answerPage(
    c,
    { title: 'A new token', narrow: true },
    <>
      <p class="notice good" role="status">
        Copy it now: it is shown this once, and kept nowhere.
      </p>
      <p>
        <code id="token">{created.made.text}</code>
      </p>
      <p>
        <a href={ACCESS_PATH}>I have copied it</a>
      </p>
    </>,
  )
}

const typedOf = (form: URLSearchParams): Typed => ({
  name: form.get('name') ?? '',
  role: form.get('role') ?? '',
  sources: form.get('sources') ?? '',
  days: form.get('days') ?? '',
})

const PROBLEMS: Readonly<Record<string, string>> = {
  name: 'A name has 1 to 100 characters.',
  role: 'Choose one of the roles.',
  sources: 'A source is named as in its URL; name at most a hundred.',
  expires_in_days: `A token lives 1 to ${TOKEN_DAYS_MAX} days.`,
}

const NOT_CREATED = {
  too_many_tokens: 'There are too many tokens: revoke some first.',
  source_unknown: 'One of these sources does not exist.',
} as const

function problemOf([issue]: readonly v.BaseIssue<unknown>[]): string {
  const [field = ''] = (issue === undefined ? '' : (v.getDotPath(issue) ?? '')).split('.')
  return PROBLEMS[field] ?? 'An admin sees all sources: leave them out, or choose another role.'
}

const answerForm = (c: ConsoleContext, typed: Typed, problem?: string): Promise<Response> =>
  answerPage(
    c,
    { title: 'Make a token', narrow: true, isWrong: problem !== undefined },
    <>
      <p class="lead">
        A viewer sees what happened, and not to whom. An operator sees everything and works on it. An admin
        also makes tokens, backups, and reads the audit log.
      </p>
      <Form
        action={`${ACCESS_PATH}/tokens/new`}
        label="Make the token"
        back={ACCESS_PATH}
        typed={typed}
        problem={problem}
      >
        <TextField name="name" label="Whose, or what for" required maxlength={100} isProse />
        <fieldset>
          <legend>Role</legend>
          {ROLES.map((role) => (
            <label class="choice">
              <input type="radio" name="role" value={role} checked={typed.role === role} required /> {role}
            </label>
          ))}
        </fieldset>
        <TextField name="sources" label="Only these sources" />
        <TextField name="days" label="Days until it ends" inputmode="numeric" required />
      </Form>
    </>,
  )
