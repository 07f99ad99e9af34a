/** Erasures of people: the list, one with its certificate, and the file of a certificate. They name nobody. */
import type { FC } from 'hono/jsx'
import type { ErasureRecord } from '../../../registry/erasures/erasure.ts'
import { numberBefore, numberCursor } from '../../api/number-cursor.ts'
import type { ConsoleContext } from '../../context.ts'
import { certificateKey } from '../../people/certificate.ts'
import { erasureAnswer } from '../../people/erase.ts'
import { answered } from '../../request-context.ts'
import { answerFile, answerPage } from '../answer.tsx'
import { type Column, Facts, NoticeLine, Part, State, TextBlock, When } from '../components.tsx'
import { textIn } from '../filters.tsx'
import { listPage } from '../list-page.tsx'
import type { PageRoute } from '../route.ts'
import { askPage } from '../people/erase.tsx'
import { Destroyed, certificateIn } from './certificate.tsx'
import { ERASURES } from './resource.ts'

const ROWS = 50

const operator = { who: 'operator', allSources: true } as const

type Outline = Pick<ErasureRecord, 'number' | 'erasedAtMs' | 'finishedAtMs' | 'keepsSuppression'>

const Standing: FC<Pick<Outline, 'finishedAtMs'>> = ({ finishedAtMs }) =>
  finishedAtMs === null ? <State tone="warn">running</State> : <State tone="good">finished</State>

const keptWords = (keeps: boolean): string => (keeps ? 'kept, as a keyed hash' : 'not kept')

const COLUMNS: readonly Column<Outline>[] = [
  {
    label: 'Number',
    cell: ({ number }) => (
      <a class="row-link" href={ERASURES.pathOf(number)} data-open="panel">
        Erasure {number}
      </a>
    ),
  },
  { label: 'State', cell: ({ finishedAtMs }) => <Standing finishedAtMs={finishedAtMs} /> },
  { label: 'Erased', cell: ({ erasedAtMs }) => <When at={erasedAtMs} /> },
  { label: 'Finished', cell: ({ finishedAtMs }) => <When at={finishedAtMs} /> },
  { label: 'Suppression', cell: ({ keepsSuppression: keeps }) => keptWords(keeps) },
]

const list = listPage({
  ...operator,
  path: '/erasures',
  title: 'Erasures',
  lead: 'People who were erased, newest first. The list names nobody.',
  async read(c, query) {
    const context = c.get('context')
    const before = numberBefore(textIn(query, 'cursor'))
    const rows = await answered(context, 'registry', () => context.registry.erasures.before(before, ROWS))
    const last = rows?.at(-1)
    return {
      rows,
      next: last === undefined || (rows?.length ?? 0) < ROWS ? null : numberCursor(last.number),
      extra: undefined,
    }
  },
  unread: 'The registry did not answer.',
  Aside: () => (
    <a class="button primary" href={`${ERASURES.path}/new`} data-open="dialog">
      Erase a person
    </a>
  ),
  empty: 'Nobody was erased yet.',
  caption: 'Erasures',
  columns: COLUMNS,
})

async function showErasure(c: ConsoleContext, erasure: ErasureRecord): Promise<Response> {
  const { number, erasedAtMs, finishedAtMs, keepsSuppression, certificate: jws } = erasure
  const { person } = await erasureAnswer(c.get('context'), erasure)
  const certificate = jws === null ? undefined : certificateIn(jws)
  const path = ERASURES.pathOf(number)
  return answerPage(
    c,
    {
      title: `Erasure ${number}`,
      beside: <Standing finishedAtMs={finishedAtMs} />,
      back: { href: '/erasures', text: 'Erasures' },
      aside:
        jws === null ? (
          <a class="button" href={path}>
            Look again
          </a>
        ) : (
          <a class="button" href={`${path}/certificate.json`} download>
            Download the certificate
          </a>
        ),
    },
    <>
      <NoticeLine notice={ERASURES.noticeIn(c)} />
      {jws === null && (
        <p class="notice warn">
          It still runs. It goes on by itself in the night, or at once if you erase the address again.
        </p>
      )}
      <Facts
        rows={[
          ['Erased', <When at={erasedAtMs} />],
          ['Finished', <When at={finishedAtMs} />],
          ['Suppression', keptWords(keepsSuppression)],
          [
            'Person',
            <>
              <code>{person}</code>
              <span class="under">A keyed hash, the same in all certificates about one person.</span>
            </>,
          ],
        ]}
      />
      {certificate !== undefined && <Destroyed {...certificate} />}
      {jws !== null && (
        <Part
          id="signed"
          title="The signed certificate"
          lead={
            <>
              A JWS with EdDSA. Anybody can verify it: <code>postern people certificate --check FILE</code>
            </>
          }
        >
          <TextBlock text={jws} label="Certificate" copy="certificate" />
        </Part>
      )}
    </>,
  )
}

/** The same file as the command writes. */
async function showFile(c: ConsoleContext, { number, certificate: jws }: ErasureRecord): Promise<Response> {
  if (jws === null) return ERASURES.noneOf(c)
  const key = await certificateKey(c.get('context').store.people)
  const text = `${JSON.stringify({ certificate: certificateIn(jws), jws, key }, null, 2)}\n`
  return answerFile(c, `erasure-${number}.json`, 'application/json', text)
}

export const erasurePages: readonly PageRoute[] = [
  { ...list.route, kind: 'tab' },
  { ...operator, path: `${ERASURES.path}/new`, kind: 'dialog', ...askPage },
  { ...operator, path: ERASURES.one, kind: 'dialog', get: ERASURES.with(showErasure) },
  { ...operator, kind: 'file', path: `${ERASURES.one}/certificate.json`, get: ERASURES.with(showFile) },
]
