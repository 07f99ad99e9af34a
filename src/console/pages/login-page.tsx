/** The log-in form. */
import { accessVerdict } from '../access/cloudflare.ts'
import type { ConsoleContext } from '../context.ts'
import { answerPage } from './answer.tsx'
import { Shown } from './components.tsx'
import { Form } from './form.tsx'
import { targetIn } from './login-target.ts'
import { UNSENT_FIELD } from './unsent.ts'

/** Absent where no form was read. */
const formOf = (c: ConsoleContext): URLSearchParams | undefined => c.get('form')

export async function answerLogin(
  c: ConsoleContext,
  problem: string | undefined,
  status: 200 | 400 | 401 | 403 | 429 = 200,
  unsent = formOf(c)?.get(UNSENT_FIELD) ?? undefined,
) {
  const verdict = await accessVerdict(c)
  const person = verdict.kind === 'person' ? verdict.identity : undefined
  // After a wrong token it is in the form.
  const target = {
    ...targetIn(c.req.method === 'POST' ? Object.fromEntries(formOf(c) ?? []) : c.req.query()),
    ...(unsent === undefined ? {} : { [UNSENT_FIELD]: unsent }),
  }
  return answerPage(
    c,
    { title: 'Log in', narrow: true },
    <>
      <p class="lead">The console shows what happened to your recipients’ mail. A token lets you in.</p>
      {problem !== undefined && (
        <p class="notice bad" role="alert" id="problem">
          {problem}
        </p>
      )}
      {person !== undefined && (
        <Form action="/login" label={`Go on as ${person.role}`} hidden={{ as: 'person', ...target }}>
          <p>
            Cloudflare Access knows you as <Shown text={person.actor.slice('access:'.length)} max={120} />.
          </p>
        </Form>
      )}
      <Form action="/login" label="Log in" hidden={target}>
        <label for="token">Token</label>
        <input
          id="token"
          name="token"
          type="password"
          autocomplete="current-password"
          required
          spellcheck={false}
          aria-describedby={problem === undefined ? 'hint' : 'problem hint'}
          aria-invalid={problem === undefined ? undefined : 'true'}
        />
        <p class="soft" id="hint">
          An API token, or the Worker’s secret <code>ADMIN_TOKEN</code>. On your own machine,{' '}
          <code>npm start</code> prints it.
        </p>
      </Form>
    </>,
    status,
  )
}
