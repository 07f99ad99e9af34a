/** Fields of a channel's form: made from the schemas of its kind, and read back as a document. Their names are paths of the document. */
import type { FC } from 'hono/jsx'
import * as v from 'valibot'
import { COMMON, type ChannelConfig } from '../../../channels/document.ts'
import { type ChannelKind, adapterOf } from '../../../channels/index.ts'
import { SEVERITIES } from '../../../watch/severity.ts'
import { durationWords, settingLabel } from '../../messages/channels.ts'
import { SelectField, TextArea, TextField } from '../form.tsx'
import { optionsOf } from '../options.ts'

/** Texts of the fields, by name. Secrets are not among them: they would be shown again. */
export type Typed = Readonly<Record<string, string>>

const SECRET_PREFIX = 'secrets.'
const QUIET = ['from', 'to', 'time_zone', 'except'] as const
const QUIET_PREFIX = 'quiet_hours.'

const isArray = (name: string): boolean => name === 'to' || name === 'sources'
const isNumber = (name: string): boolean => name.endsWith('_seconds')

/** Settings that a form asks for. Pausing has a button of its own. */
const namesOf = (kind: ChannelKind): readonly string[] => [
  ...Object.keys(adapterOf(kind).entries),
  ...Object.keys(COMMON).filter((name) => name !== 'quiet_hours' && name !== 'paused'),
]

export const fieldNames = (kind: ChannelKind): readonly string[] => [
  ...namesOf(kind),
  ...QUIET.map((name) => `${QUIET_PREFIX}${name}`),
]

/** Texts of a new channel's fields. */
export const DEFAULTS: Typed = {
  ...typedOf({ ...v.getDefaults(v.object(COMMON)), kind: 'slack' }),
  [`${QUIET_PREFIX}except`]: 'critical',
}

export function typedOf(config: Partial<ChannelConfig>): Typed {
  const { quiet_hours = {}, kind: _kind, paused: _paused, ...settings } = config
  const texts = Object.entries(settings).map(
    ([name, value]) => [name, Array.isArray(value) ? value.join('\n') : String(value ?? '')] as const,
  )
  const quiet = Object.entries(quiet_hours).map(
    ([name, value]) => [`${QUIET_PREFIX}${name}`, String(value)] as const,
  )
  return Object.fromEntries([...texts, ...quiet])
}

/** The document that a form stands for. An empty field is an absent setting, and an absent secret stays as it is. */
export function documentOf(kind: ChannelKind, typed: Typed, form: URLSearchParams): Record<string, unknown> {
  const settings = namesOf(kind).flatMap((name) => {
    const text = typed[name] ?? ''
    const value = isArray(name) ? linesOf(text) : isNumber(name) ? Number(text) : text
    return text === '' ? [] : [[name, value] as const]
  })
  const quiet = QUIET.flatMap((name) => {
    const text = typed[`${QUIET_PREFIX}${name}`] ?? ''
    return text === '' ? [] : [[name, text] as const]
  })
  const secrets = Object.keys(adapterOf(kind).secrets).flatMap((slot) => {
    const value = (form.get(`${SECRET_PREFIX}${slot}`) ?? '').trim()
    return value === '' ? [] : [[slot, value] as const]
  })
  return {
    ...Object.fromEntries(settings),
    // The severity alone means nothing.
    ...(quiet.some(([name]) => name !== 'except') ? { quiet_hours: Object.fromEntries(quiet) } : {}),
    kind,
    secrets: Object.fromEntries(secrets),
  }
}

const linesOf = (text: string): readonly string[] => text.split(/[\s,]+/).filter((line) => line !== '')

/** Settings that only this kind has. */
export const OwnFields: FC<{ kind: ChannelKind }> = ({ kind }) => (
  <>
    {Object.entries(adapterOf(kind).entries).map(([name, schema]) => {
      const props = {
        name,
        label: settingLabel(name),
        required: schema.type !== 'optional',
        hint: v.getDescription(schema),
      }
      const options = valuesOf(schema)
      if (options !== undefined) return <SelectField {...props} options={optionsOf(options)} remark="" />
      if (isArray(name)) return <TextArea {...props} remark="(one a line)" />
      return <TextField {...props} {...(name === 'url' ? { inputmode: 'url' as const } : {})} />
    })}
  </>
)

/** Values of a setting that has a few. */
function valuesOf(schema: object): readonly string[] | undefined {
  const inside = 'wrapped' in schema ? (schema.wrapped as object) : schema
  return 'options' in inside && Array.isArray(inside.options) ? (inside.options as string[]) : undefined
}

const GROUPING_SECONDS = [0, 30, 60, 300, 900, 3_600]
const REMINDER_SECONDS = [0, 900, 3_600, 14_400, 43_200, 86_400]

/** Durations to choose from, and the one that is set. */
const durations = (seconds: readonly number[], set = '', none: string) =>
  optionsOf(
    [...new Set([...seconds.map(String), ...(/^\d+$/.test(set) ? [set] : [])])].toSorted(
      (a, b) => Number(a) - Number(b),
    ),
    (one) => (one === '0' ? none : durationWords(Number(one))),
  )

const severities = optionsOf(SEVERITIES)

/** Settings that all kinds have. */
export const CommonFields: FC<{ typed: Typed }> = ({ typed }) => (
  <>
    <SelectField
      name="minimum_severity"
      label={settingLabel('minimum_severity')}
      remark=""
      options={severities}
      hint="Incidents below it are not sent. Without a choice of yours: warning."
    />
    <SelectField
      name="reminder_seconds"
      label={settingLabel('reminder_seconds')}
      remark=""
      options={durations(REMINDER_SECONDS, typed['reminder_seconds'], 'never')}
      hint="When an open incident that nobody has acknowledged is sent again."
    />
    <SelectField
      name="grouping_seconds"
      label={settingLabel('grouping_seconds')}
      remark=""
      options={durations(GROUPING_SECONDS, typed['grouping_seconds'], 'not at all')}
      hint={v.getDescription(COMMON.grouping_seconds)}
    />
    <TextArea
      name="sources"
      label={settingLabel('sources')}
      remark="(one a line; empty: all)"
      hint="Only incidents of these. Empty: all, and those of the whole installation."
    />
    <fieldset>
      <legend>Quiet hours</legend>
      <p class="soft">{v.getDescription(COMMON.quiet_hours)} Empty: none.</p>
      <div class="columns">
        <div>
          <TextField name="quiet_hours.from" label="From" remark="" placeholder="22:00" />
        </div>
        <div>
          <TextField name="quiet_hours.to" label="To" remark="" placeholder="07:00" />
        </div>
        <div>
          <TextField name="quiet_hours.time_zone" label="Time zone" remark="" placeholder="Europe/Berlin" />
        </div>
        <div>
          <SelectField name="quiet_hours.except" label="Except, from" remark="" options={severities} />
        </div>
      </div>
    </fieldset>
  </>
)

interface SecretProps {
  readonly kind: ChannelKind
  /** Slots that hold a value. */
  readonly stored: readonly string[]
  /** A new value for slots that Postern signs with. */
  readonly proposal: string
}

export const SecretFields: FC<SecretProps> = ({ kind, stored, proposal }) => (
  <>
    {Object.entries(adapterOf(kind).secrets).map(([slot, { isRequired, description }]) => {
      const isStored = stored.includes(slot)
      return (
        <TextField
          name={`${SECRET_PREFIX}${slot}`}
          label={settingLabel(slot)}
          type="password"
          required={isRequired && !isStored}
          {...(isStored ? { remark: '(stored; empty: it stays)' } : {})}
          hint={
            slot === 'signing_secret' ? (
              <>
                {description} A new one: <code data-copy="the proposed secret">{proposal}</code>
              </>
            ) : (
              description
            )
          }
        />
      )
    })}
  </>
)
