/** The form of retention. It is saved after a plan, which counts what the next night would remove. */
import type { FC } from 'hono/jsx'
import { problem } from '../../../api/problem.ts'
import { type SettingAnswer, retentionRoutes, settingsOf } from '../../../api/retention.ts'
import { EVENT_TYPES } from '../../../event/mail-event.ts'
import { type RetentionSetting, SETTING_NAMES, settingRow } from '../../../registry/retention/kinds.ts'
import type { RetentionState } from '../../../registry/retention/table.ts'
import type { ConsoleContext } from '../../context.ts'
import { eventWord } from '../../messages/events.ts'
import { nextNightMs, retentionAnswer } from '../../retention/status.ts'
import { answerPage } from '../answer.tsx'
import { type Done, call } from '../call.ts'
import { Clock, type Column, Shown, Table } from '../components.tsx'
import { loadedFields } from '../conflict.tsx'
import { CheckBox, Form, Reason, TextField, field, reasonIn } from '../form.tsx'
import { formRoute } from '../form-route.tsx'
import {
  NO_LIMIT,
  RETENTION_PATH,
  TYPE_PREFIX,
  type Values,
  atFields,
  daysText,
  goesWords,
  documentOf,
  holdName,
  valuesOf,
} from './values.ts'

export const editPage = formRoute<Values, RetentionState>({
  of: (work) => async (c) => work(c, await c.get('context').registry.retention.read()),
  shown: () => ({
    title: 'Change retention',
    label: 'Plan',
    back: [RETENTION_PATH, 'Retention'],
    lead: `A whole number of days, or: ${NO_LIMIT}. Before it is saved, you see what the next night would remove.`,
  }),
  values: valuesOf,
  versionOf: ({ version }) => version,
  Fields: ({ thing: { holds }, typed }) => (
    <>
      <div class="grid">
        {SETTING_NAMES.map((setting) => (
          <DaysField setting={setting} />
        ))}
      </div>
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
    return c.redirect(`${RETENTION_PATH}?notice=${notice}`, 303)
  },
})

const DaysField: FC<{ setting: RetentionSetting }> = ({ setting }) => {
  const { things, defaultDays, minDays, maxDays, isEndless } = settingRow(setting)
  return (
    <div>
      <TextField
        name={setting}
        label={`${things.slice(0, 1).toUpperCase()}${things.slice(1)}`}
        required
        hint={`${minDays} to ${maxDays}${isEndless ? `, or ${NO_LIMIT}` : ''}. Default: ${daysText(defaultDays)}`}
      />
    </div>
  )
}

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
      back: { href: RETENTION_PATH, text: 'Retention' },
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
          label="Save"
          back={`${RETENTION_PATH}/edit`}
          problems={lacksReason ? [{ path: 'reason', problem: 'This needs a reason. Enter why.' }] : []}
          hidden={{ ...typed, ...loadedFields(state.version, valuesOf(state)), planned: 'yes' }}
        >
          <Reason required={plan.is_shortened} />
        </Form>
      </div>
    </>,
  )
}
