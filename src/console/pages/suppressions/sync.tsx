/** The suppressions of ESPs beside the own ones: the sources that have a list, and for each a plan before each change. */
import { type SuppressionSync, suppressionSyncRoutes } from '../../../api/suppression-sync.ts'
import { suppressionHolders } from '../../esp-accounts.ts'
import { syncKindWord, syncStateWords } from '../../messages/suppression-sync.ts'
import type { ConsoleContext } from '../../context.ts'
import { answered } from '../../request-context.ts'
import { answerNotice, answerPage, answerProblem } from '../answer.tsx'
import { call } from '../call.ts'
import { Action, type Column, Shown, State, Table, When } from '../components.tsx'
import { CheckBox, Form, Reason, field } from '../form.tsx'
import type { PageRoute } from '../route.ts'
import { ABOVE } from './check.tsx'

const PATH = '/suppressions/sync'

const pathOf = (name: string): string => `/sources/${name}/suppression-sync`

async function showSources(c: ConsoleContext): Promise<Response> {
  const context = c.get('context')
  const names = await answered(context, 'registry', () => suppressionHolders(context))
  if (names === undefined) return answerNotice(c, 503, 'No answer', 'The registry did not answer.')
  return answerPage(
    c,
    { title: 'Sync with ESPs', back: { href: ABOVE[0], text: ABOVE[1] } },
    names.length === 0 ? (
      <p class="lead">
        An ESP has a list of its own, and sends to nobody on it. To compare it with this one, give a source
        the key of its ESP: on its page, as the secret <code>esp_api_token</code>.
      </p>
    ) : (
      <>
        <p class="lead">An ESP has a list of its own, and sends to nobody on it. Choose the source:</p>
        <ul>
          {names.map((name) => (
            <li>
              <a href={pathOf(name)} data-open="dialog">
                {name}
              </a>
            </li>
          ))}
        </ul>
      </>
    ),
  )
}

const spaced = (reason: string): string => reason.replaceAll('_', ' ')

const COUNTS: readonly Column<SuppressionSync['counts'][number]>[] = [
  { label: 'Entries', kind: 'number', cell: ({ count }) => count.toLocaleString('en') },
  { label: 'Kind', kind: 'long', cell: ({ kind }) => syncKindWord(kind) },
  {
    label: 'Why',
    cell: ({ reason, scope }) => (scope === null ? spaced(reason) : `${spaced(reason)} (${scope})`),
  },
  { label: 'Done', kind: 'number', cell: ({ done }) => done.toLocaleString('en') },
]

const EXAMPLES: readonly Column<SuppressionSync['examples'][number]>[] = [
  { label: 'Address', kind: 'address', cell: ({ address }) => <Shown text={address} max={120} /> },
  { label: 'Kind', kind: 'long', cell: ({ kind }) => syncKindWord(kind) },
  { label: 'Why', cell: ({ reason }) => spaced(reason) },
]

const TONES = { running: 'plain', planned: 'warn', stopped: 'bad', done: 'good' } as const

async function showSync(c: ConsoleContext): Promise<Response> {
  const name = c.req.param('name') ?? ''
  const found = await call(c, suppressionSyncRoutes.getSuppressionSync, { params: { name } })
  if (!found.ok) return answerProblem(c, found)
  const sync = found.json
  const { state, step, changed_at: at, counts, examples, adds, directions } = sync
  const isReading = step === 'there' || step === 'here'
  const differs = counts.some(({ kind }) => kind !== 'same')
  const path = pathOf(name)
  const tone = state === 'none' || state === 'over' ? 'plain' : TONES[state]
  return answerPage(
    c,
    {
      title: `Suppressions of ${name}`,
      back: { href: PATH, text: 'Sync with ESPs' },
      ...(state === 'running' && { refreshes: true as const }),
    },
    <>
      <p class="lead">
        <State tone={tone}>{syncStateWords(sync)}</State> {at !== null && <When at={at} />}
      </p>
      {counts.length > 0 && <Table caption="How the lists differ" columns={COUNTS} rows={counts} />}
      {examples.length > 0 && <Table caption="Some of them" columns={EXAMPLES} rows={examples} />}
      {state === 'running' ? (
        <div class="buttons">
          <a class="button" href={path}>
            Look again
          </a>
          <Action action={path} fields={{ do: 'stop' }} label="Stop" quiet />
        </div>
      ) : (
        <>
          {((state === 'planned' && differs) || (state === 'stopped' && !isReading)) && (
            <Form
              action={path}
              label="Make them the same"
              back={PATH}
              hidden={{ do: 'run' }}
              typed={{
                take: directions?.take === false ? '' : 'yes',
                send: directions?.send === true ? 'yes' : '',
              }}
            >
              <CheckBox name="take" label="Take in what only the ESP has" />
              {adds.length > 0 && <CheckBox name="send" label="Add at the ESP what is only here" />}
              <Reason />
            </Form>
          )}
          <div class="after">
            <Action action={path} fields={{ do: 'plan' }} label="Compare the lists" quiet />
          </div>
        </>
      )}
    </>,
  )
}

async function change(c: ConsoleContext): Promise<Response> {
  const params = { name: c.req.param('name') ?? '' }
  const wish = field(c, 'do')
  const isYes = (name: string) => field(c, name) === 'yes'
  const directions = { take: isYes('take'), send: isYes('send') }
  const done =
    wish === 'stop'
      ? await call(c, suppressionSyncRoutes.endSuppressionSync, { params })
      : await call(c, suppressionSyncRoutes.beginSuppressionSync, {
          params,
          body: wish === 'run' ? { plan: false, ...directions } : { plan: true },
        })
  return done.ok ? c.redirect(pathOf(params.name), 303) : answerProblem(c, done)
}

const dialog = { kind: 'dialog', who: 'operator' } as const

export const syncPages: readonly PageRoute[] = [
  { ...dialog, allSources: true, path: PATH, get: showSources },
  { ...dialog, allSources: true, path: '/sources/:name/suppression-sync', get: showSync, post: change },
]
