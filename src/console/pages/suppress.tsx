/** A form on a page of its own, so that the first page may load itself again without eating what was typed. */
import type { FC } from 'hono/jsx'
import { NOTE_MAX_CHARACTERS } from '../address.ts'
import type { ConsoleContext } from '../context.ts'
import { answerPage } from './answer.tsx'

interface Typed {
  readonly problem?: string
  readonly address?: string
  readonly note?: string
}

export const showSuppress = (c: ConsoleContext): Promise<Response> => answerSuppress(c, {})

/** The form, with what was typed when something was wrong with it. */
export async function answerSuppress(c: ConsoleContext, typed: Typed): Promise<Response> {
  const formToken = await c.get('isolate').sessions.formToken(c.get('session'))
  const status = typed.problem === undefined ? 200 : 422
  return answerPage(
    c,
    { title: 'Suppress an address · Postern' },
    <SuppressPage {...typed} formToken={formToken} />,
    status,
  )
}

const SuppressPage: FC<Typed & { formToken: string }> = ({ formToken, problem, address, note }) => (
  <div class="narrow">
    <h1>Suppress an address</h1>
    <p class="lead">Whoever asks the API before sending is told not to send to it, until you lift it.</p>
    {problem === undefined ? (
      ''
    ) : (
      <p class="notice bad" role="alert" id="problem">
        {problem}
      </p>
    )}
    <form method="post" action="/suppressions/add" class="stacked">
      <input type="hidden" name="form_token" value={formToken} />
      <label for="address">Address</label>
      <input
        id="address"
        name="address"
        type="text"
        inputmode="email"
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
        required
        value={address}
        aria-describedby={problem === undefined ? undefined : 'problem'}
        aria-invalid={problem === undefined ? undefined : 'true'}
      />
      <label for="note">
        Why <span class="soft">(optional)</span>
      </label>
      <input
        id="note"
        name="note"
        type="text"
        autocomplete="off"
        maxlength={NOTE_MAX_CHARACTERS}
        value={note}
      />
      <div class="buttons">
        <button type="submit">Suppress</button>
        <a href="/#suppressions">Cancel</a>
      </div>
    </form>
  </div>
)
