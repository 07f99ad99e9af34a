/** One line of the audit log: what was changed, before and after. */
import type { FC } from 'hono/jsx'
import type { Entry } from '../../../api/audit.ts'
import { isObject } from '../../../platform/json.ts'
import { findAudit } from '../../api/audit-entries.ts'
import type { ConsoleContext } from '../../context.ts'
import { answerNotice, answerPage } from '../answer.tsx'
import { Facts, Part, Shown, When } from '../components.tsx'
import { AUDIT_PATH } from './path.ts'
import { Target } from './target.tsx'

export async function showEntry(c: ConsoleContext): Promise<Response> {
  const text = c.req.param('line') ?? ''
  const entry = /^[1-9][0-9]{0,11}$/.test(text) ? await findAudit(c.get('context'), Number(text)) : undefined
  if (entry === undefined)
    return answerNotice(
      c,
      404,
      'No such line',
      'The audit log has no line of this number. It was too old, or was never written.',
    )
  const { seq, at, actor, actor_name: name, from, request_id: request, action, target, reason } = entry
  return answerPage(
    c,
    { title: `Line ${seq}`, back: { href: AUDIT_PATH, text: 'Audit' } },
    <>
      <Facts
        rows={[
          ['When', <When at={at} />],
          [
            'Who',
            actor.startsWith('access:') ? (
              <Shown text={name} max={200} />
            ) : (
              <a href={`${AUDIT_PATH}?${new URLSearchParams({ actor }).toString()}`}>
                <Shown text={name} max={200} />
              </a>
            ),
          ],
          ['From', <Shown text={from} max={60} />],
          ['What', <code>{action}</code>],
          ['On', <Target target={target} />],
          ['Why', <Shown text={reason} max={500} />],
          ['Request', <Shown text={request} max={60} code />],
        ]}
      />
      <Changed entry={entry} />
      <p class="more">
        <a href={`${AUDIT_PATH}?${new URLSearchParams({ target }).toString()}`}>All changes of this</a>
      </p>
    </>,
  )
}

const Changed: FC<{ entry: Entry }> = ({ entry: { before, after } }) => {
  const [was, is] = [new Map(fieldsOf(before)), new Map(fieldsOf(after))]
  const names = [...new Set([...was.keys(), ...is.keys()])].filter((name) => was.get(name) !== is.get(name))
  return (
    names.length > 0 && (
      <Part id="changed" title="Changed">
        <Facts
          rows={names.map((name) => [
            <Shown text={name} max={80} code />,
            <>
              <Shown text={was.get(name)} max={2_000} code /> → <Shown text={is.get(name)} max={2_000} code />
            </>,
          ])}
        />
      </Part>
    )
  )
}

/** Values by the path of their field. */
function fieldsOf(value: unknown, path = ''): (readonly [path: string, text: string])[] {
  if (value === null && path === '') return []
  return isObject(value)
    ? Object.entries(value).flatMap(([name, one]) => fieldsOf(one, path === '' ? name : `${path}.${name}`))
    : [[path === '' ? 'value' : path, JSON.stringify(value)]]
}
