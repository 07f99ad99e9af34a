/** Shared components of the pages that rotate and revoke a secret. */
import type { Child, FC } from 'hono/jsx'
import { toInstant } from '../../platform/time.ts'
import type { NotChanged } from '../../registry/sources/source.ts'
import { type OwnerNoun, notChanged } from '../api/changes.ts'
import { statusOf } from '../../api/problem.ts'
import type { ConsoleContext } from '../context.ts'
import { answerNotice, answerPage } from './answer.tsx'
import type { Place, PlaceChanged } from './secret-place.ts'

const REASON_MAX_CHARACTERS = 500

export const formTokenOf = (c: ConsoleContext) => c.get('isolate').sessions.formToken(c.get('session'))

/** The operator's reason; empty if the form has none. */
export const reasonIn = (c: ConsoleContext): string =>
  (c.get('form').get('reason') ?? '').trim().slice(0, REASON_MAX_CHARACTERS)

export const whoWith = <Who extends { readonly reason: string | null }>(who: Who, reason: string): Who =>
  reason === '' ? who : { ...who, reason }

export const whyNot = (why: NotChanged, noun: OwnerNoun): string => {
  const { detail, problems } = notChanged(why, noun)
  return problems === undefined ? detail : problems.map(({ problem }) => problem).join(' ')
}

export const Reason: FC = () => (
  <>
    <label for="reason">
      Why <span class="soft">(for the audit log)</span>
    </label>
    <input id="reason" name="reason" type="text" autocomplete="off" maxlength={REASON_MAX_CHARACTERS} />
  </>
)

export const Buttons: FC<{ label: string; back: string }> = ({ label, back }) => (
  <div class="buttons">
    <button type="submit">{label}</button>
    <a href={back}>Cancel</a>
  </div>
)

export const noSecret = (c: ConsoleContext) =>
  answerNotice(c, 404, 'No such secret', 'There is no secret with this name. It may have been removed.')

export const answerForm = (
  c: ConsoleContext,
  { noun, owner }: Place,
  title: string,
  problem: string | undefined,
  why: NotChanged | undefined,
  content: Child[],
) =>
  answerPage(
    c,
    { title: `${title} · Postern` },
    <div class="narrow">
      <h1>{title}</h1>
      <p class="soft">
        {OWNERS[noun]} {owner.name}
      </p>
      {problem === undefined ? (
        ''
      ) : (
        <p class="notice bad" role="alert">
          {problem}
        </p>
      )}
      {content}
    </div>,
    why === undefined ? (problem === undefined ? 200 : 422) : statusOf(notChanged(why, noun).code),
  )

const OWNERS: Readonly<Record<OwnerNoun, string>> = { source: 'Source', destination: 'Destination' }

/** Not a redirect, because the link is shown once. Before a reload sends the form again, the browser asks. */
export const answerDone = (
  c: ConsoleContext,
  { noun, owner, path, slot }: Place,
  { version, link, unreached, owner: now }: PlaceChanged,
  url: string,
) => {
  const state = now.secrets.find((one) => one.slot === slot && one.version === version)?.state
  const rotation = now.rotations.find((one) => one.slot === slot)
  return answerPage(
    c,
    { title: `${owner.name} · Postern` },
    <div class="narrow">
      <h1>Done</h1>
      <p class="lead">
        {slot}/{version} is {state}.{' '}
        {rotation?.state === 'installing' ? 'The ESP does not have it yet. Postern will retry.' : ''}
      </p>
      {link === null ? (
        ''
      ) : (
        <>
          <p>
            Send this link to the person who enters the secret at the{' '}
            {noun === 'source' ? 'sender' : 'receiver'}. It shows the value once and expires at{' '}
            {toInstant(link.endsAtMs)}.
          </p>
          <p>
            <code>{url}</code>
          </p>
        </>
      )}
      {unreached.length === 0 ? (
        ''
      ) : (
        <p class="notice bad" role="alert">
          These guards did not acknowledge the change: {unreached.map(({ guard }) => guard).join(', ')}. They
          may accept the old value for up to{' '}
          {Math.max(...unreached.map((one) => one.old_value_may_live_seconds))} seconds.
        </p>
      )}
      <p>
        <a href={path}>Back to the {noun}</a>
      </p>
    </div>,
  )
}
