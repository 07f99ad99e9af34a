/** Retention: for how long each kind of thing is kept, what goes next, and what is held. It is changed after a plan, which counts what goes. */
import type { Child, FC } from 'hono/jsx'
import { problem } from '../../../api/problem.ts'
import {
  type RetentionAnswer,
  type SettingAnswer,
  retentionRoutes,
  settingsOf,
} from '../../../api/retention.ts'
import { EVENT_TYPES } from '../../../event/mail-event.ts'
import { settingRow } from '../../../registry/retention/kinds.ts'
import type { RetentionState } from '../../../registry/retention/table.ts'
import type { ConsoleContext } from '../../context.ts'
import { eventWord } from '../../messages/events.ts'
import { answered } from '../../request-context.ts'
import { nextNightMs, retentionAnswer } from '../../retention/status.ts'
import { answerNotice, answerPage } from '../answer.tsx'
import { type Done, call } from '../call.ts'
import { Clock, type Column, Empty, Facts, For, Part, Shown, Table, When } from '../components.tsx'
import { loadedFields } from '../conflict.tsx'
import { CellField, CheckBox, Form, Reason, TextField, field, reasonIn } from '../form.tsx'
import { formRoute } from '../form-route.tsx'
import { things } from '../notices.ts'
import type { Finder, PageRoute } from '../route.ts'
import { useView } from '../view.ts'
import { Card, SYSTEM_PATH, UNREAD, systemAfter } from './card.tsx'
import {
  NO_LIMIT,
  TYPE_PREFIX,
  type Values,
  atFields,
  daysText,
  documentOf,
  goesWords,
  holdName,
  valuesOf,
} from './retention-values.ts'

const SETTINGS_PATH = '/retention/settings'
const EDIT_PATH = '/retention/edit'
const BACK = `${SYSTEM_PATH}#retention`

export const RetentionCard: FC<{ state: RetentionState | undefined }> = ({ state }) => {
  const runs = Object.values(state?.runs ?? {})
  const failed = runs.filter(({ fault }) => fault !== null).length
  const lastMs = Math.max(0, ...runs.map(({ atMs }) => atMs))
  return (
    <Card
      id="retention"
      title="Retention"
      doing={
        state === undefined ? UNREAD : failed > 0 ? ['bad', 'the last night failed'] : ['good', 'in time']
      }
      facts={[
        state !== undefined && ['Events', `${daysText(state.settings.events)} days`],
        state !== undefined && ['Held', things(state.holds.length, 'case')],
        lastMs > 0 && [
          'Last night',
          <>
            <Clock at={lastMs} />, removed{' '}
            {runs.reduce((sum, { removed }) => sum + removed, 0).toLocaleString('en')}
          </>,
        ],
        ['Next night', <Clock at={nextNightMs(useView().nowMs)} />],
      ]}
    >
      <div class="buttons">
        <For role="admin">
          <a class="button" href={EDIT_PATH} data-open="dialog">
            Change
          </a>
        </For>
        <a href={SETTINGS_PATH} data-open="dialog">
          All settings
        </a>
      </div>
    </Card>
  )
}

/** @param days a cell: the number, or the field of it */
const columns = (days: (row: SettingAnswer) => Child): readonly Column<SettingAnswer>[] => [
  {
    label: 'Setting',
    kind: 'long',
    cell: ({ setting }) => settingRow(setting).things,
    under: ({ setting }) => <code>{setting}</code>,
  },
  { label: 'Days', kind: 'number', cell: days },
  { label: 'Default', kind: 'number', cell: ({ setting }) => daysText(settingRow(setting).defaultDays) },
  {
    label: 'Allowed',
    cell({ setting }) {
      const { minDays, maxDays, whyMax, isEndless } = settingRow(setting)
      return `${minDays} to ${daysText(maxDays)}${isEndless && whyMax === undefined ? `, or ${NO_LIMIT}` : ''}`
    },
  },
  { label: 'Oldest', cell: ({ kept_since: since }) => <When at={since} /> },
  { label: 'Next night removes', kind: 'number', cell: goesWords },
  {
    label: 'Last run',
    cell: ({ last_run: run }) => <When at={run?.at} />,
    under: ({ last_run: run }) =>
      run !== null && (
        <>
          {run.fault === null ? `removed ${run.removed}` : '✕ failed: '}
          {run.fault !== null && <code>{run.fault}</code>}
          {run.is_more && ', more is left'}
        </>
      ),
  },
]

/** A handler for the document with what the next night does. 503 if the registry does not answer. */
const withAnswer: Finder<RetentionState & { readonly answer: RetentionAnswer }> = (work) => async (c) => {
  const context = c.get('context')
  const found = await answered(context, 'retention', async () => {
    const state = await context.registry.retention.read()
    return { ...state, answer: await retentionAnswer(context, state) }
  })
  return found === undefined
    ? answerNotice(c, 503, 'No answer', 'The registry did not answer, or no master key opens the holds.')
    : work(c, found)
}

const showSettings = withAnswer((c, { answer: { kinds, document, updated_at: updatedAt } }) => {
  const byType = Object.entries(document.events_by_type)
  return answerPage(
    c,
    { title: 'Retention', back: { href: BACK, text: 'System' } },
    <>
      <p class="lead">
        For how many days each kind of thing is kept. What is too old is removed each night.{' '}
        {updatedAt === null ? (
          'Nobody has changed the defaults yet.'
        ) : (
          <>
            Changed <When at={updatedAt} />.
          </>
        )}
      </p>
      <Table
        caption="What is kept"
        columns={columns(({ days }) => daysText(days))}
        rows={settingsOf(kinds)}
      />
      <Part id="holds" title="Exceptions" lead="What a case needs stays, however old it is.">
        {byType.length + document.holds.length === 0 && <Empty>Nothing is held.</Empty>}
        <Facts
          rows={[
            ...byType.map(([type, days]) => [type, days === null ? NO_LIMIT : `${days} days`] as const),
            ...document.holds.map(
              ({ source, person, since, reason }) =>
                [
                  <Shown text={source ?? person ?? 'a person'} max={320} />,
                  <>
                    held since <When at={since} />: <Shown text={reason} max={500} />
                  </>,
                ] as const,
            ),
          ]}
        />
      </Part>
    </>,
  )
})

const editPage = formRoute<Values, RetentionState & { readonly answer: RetentionAnswer }>({
  of: withAnswer,
  shown: () => ({
    title: 'Change retention',
    isWide: true,
    action: EDIT_PATH,
    label: 'Plan',
    back: [BACK, 'System'],
    lead: `A whole number of days, or: ${NO_LIMIT}. Before it is saved, you see what the next night would remove.`,
  }),
  values: valuesOf,
  versionOf: ({ version }) => version,
  Fields: ({ thing: { holds, answer }, typed }) => (
    <>
      <Table caption="What is kept" columns={columns(DaysField)} rows={settingsOf(answer.kinds)} />
      <details open={EVENT_TYPES.some((type) => typed[`${TYPE_PREFIX}${type}`] !== '')}>
        <summary>Events of one type</summary>
        <div class="grid">
          {EVENT_TYPES.map((type) => (
            <div>
              <TextField name={`${TYPE_PREFIX}${type}`} label={eventWord(type)} remark="(empty: as all)" />
            </div>
          ))}
        </div>
      </details>
      <h2>Holds</h2>
      <p class="soft">What a case needs stays, however old it is.</p>
      {holds.map((hold) => (
        <CheckBox
          name={holdName(hold)}
          label={
            <span>
              Hold <Shown text={hold.source ?? hold.person} max={320} />:{' '}
              <Shown text={hold.reason} max={500} />
            </span>
          }
        />
      ))}
      <TextField name="hold_source" label="Hold a source" maxlength={64} />
      <TextField name="hold_person" label="Or a person" inputmode="email" maxlength={320} />
      <TextField name="hold_reason" label="Why it is held" maxlength={500} isProse />
    </>
  ),
  /** First a plan, then the change. */
  async save(c, state, typed, version) {
    if (version !== state.version) return problem('version_conflict', 'Retention has changed meanwhile.')
    const { document: body, problems: unread } = documentOf(typed, state)
    const plan = await call(c, retentionRoutes.planRetention, { body })
    const found = [...unread, ...(plan.ok ? [] : atFields(plan.problems ?? [], typed))]
    if (!plan.ok || found.length > 0)
      return found.filter(({ path }, i) => found.findIndex((one) => one.path === path) === i)
    const isPlanned = field(c, 'planned') === 'yes'
    if (!isPlanned || (plan.json.is_shortened && reasonIn(c) === ''))
      return answerPlan(c, state, typed, plan.json, isPlanned)
    const put = await call(c, retentionRoutes.putRetention, { body, version })
    if (!put.ok) return put.code === 'reason_needed' ? answerPlan(c, state, typed, plan.json, true) : put
    const notice = put.json.version === version ? 'unchanged' : 'changed'
    return c.redirect(systemAfter(notice), 303)
  },
})

const DaysField = ({ setting }: SettingAnswer): Child => (
  <CellField name={setting} label={`Days of ${settingRow(setting).things}`} />
)

interface Planned {
  readonly now: SettingAnswer
  readonly planned: SettingAnswer
}

const PLAN_COLUMNS: readonly Column<Planned>[] = [
  {
    label: 'Setting',
    kind: 'long',
    cell: ({ now }) => settingRow(now.setting).things,
    under: ({ now }) => <code>{now.setting}</code>,
  },
  { label: 'Days', kind: 'number', cell: ({ now }) => daysText(now.days) },
  { label: 'Planned', kind: 'number', cell: ({ planned }) => daysText(planned.days) },
  { label: 'Next night removes', kind: 'number', cell: ({ now }) => goesWords(now) },
  { label: 'Would remove', kind: 'number', cell: ({ planned }) => goesWords(planned) },
]

async function answerPlan(
  c: ConsoleContext,
  state: RetentionState,
  typed: Values,
  plan: Done<(typeof retentionRoutes)['planRetention']>['json'],
  lacksReason: boolean,
): Promise<Response> {
  const after = settingsOf(plan.kinds)
  const only = after.map(({ setting }) => setting)
  const present = await retentionAnswer(c.get('context'), state, only)
  const changed = settingsOf(present.kinds).map((now, i) => ({ now, planned: after[i] ?? now }))
  return answerPage(
    c,
    {
      title: 'Plan of retention',
      isWrong: lacksReason,
      back: { href: BACK, text: 'System' },
    },
    <>
      <p class={plan.is_shortened ? 'notice warn' : 'lead'}>
        {plan.is_shortened ? (
          <>
            This keeps less than before. What is too old goes at{' '}
            <Clock at={nextNightMs(c.get('context').nowMs)} />, and cannot be brought back.
          </>
        ) : (
          'Nothing goes that would have stayed.'
        )}
      </p>
      {changed.length > 0 && <Table caption="The next night" columns={PLAN_COLUMNS} rows={changed} />}
      <div class="after">
        <Form
          action={EDIT_PATH}
          label="Save"
          back={EDIT_PATH}
          problems={lacksReason ? [{ path: 'reason', problem: 'This needs a reason. Enter why.' }] : []}
          hidden={{ ...typed, ...loadedFields(state.version, valuesOf(state)), planned: 'yes' }}
        >
          <Reason required={plan.is_shortened} />
        </Form>
      </div>
    </>,
  )
}

export const retentionPages: readonly PageRoute[] = [
  { path: SETTINGS_PATH, kind: 'dialog', who: 'viewer', allSources: true, get: showSettings },
  { path: EDIT_PATH, kind: 'dialog', who: 'admin', allSources: true, ...editPage },
]
