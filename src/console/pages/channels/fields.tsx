/** Fields of a channel's form, made from the schemas of its kind. */
import type { FC } from 'hono/jsx'
import * as v from 'valibot'
import { COMMON, type ChannelConfig } from '../../../channels/document.ts'
import { type ChannelKind, adapterOf } from '../../../channels/index.ts'
import { SEVERITIES } from '../../../watch/severity.ts'
import { durationWords, settingLabel } from '../../messages/channels.ts'
import { TextField } from '../form.tsx'
import { optionsOf } from '../options.ts'
import { type Setting, SettingField, type Texts, documentIn, textsOf } from '../setting-fields.tsx'

const SECRET_PREFIX = 'secrets.'

/** Settings that only this kind has. */
const ownSettings = (kind: ChannelKind): readonly Setting[] =>
  Object.entries(adapterOf(kind).entries).map(([path, schema]) => {
    const options = choicesOf(schema)
    return {
      path,
      label: settingLabel(path),
      hint: v.getDescription(schema),
      form: path === 'to' ? 'list' : path === 'url' ? 'url' : 'text',
      required: schema.type !== 'optional',
      options,
      ...(path === 'to' ? { remark: '(one a line)' } : options === undefined ? {} : { remark: '' }),
    }
  })

/** Values of a setting that has a few. */
function choicesOf(schema: object): Setting['options'] {
  const inside = 'wrapped' in schema ? (schema.wrapped as object) : schema
  return 'options' in inside && Array.isArray(inside.options)
    ? optionsOf(inside.options as string[])
    : undefined
}

/** Durations to choose from, and the one that is set. */
const durations = (seconds: readonly number[], set: string | undefined, none: string): Setting['options'] =>
  optionsOf(
    [...new Set([...seconds.map(String), ...(/^\d+$/.test(set ?? '') ? [set ?? ''] : [])])].toSorted(
      (a, b) => Number(a) - Number(b),
    ),
    (one) => (one === '0' ? none : durationWords(Number(one))),
  )

const common = (
  path: keyof typeof COMMON,
  form: Setting['form'],
  options?: Setting['options'],
  remark = '',
): Setting => ({
  path,
  label: settingLabel(path),
  hint: v.getDescription(COMMON[path]),
  form,
  options,
  remark,
})

const severities = optionsOf(SEVERITIES)

/** Settings that all kinds have. Pausing has a button of its own. */
const commonSettings = ({ reminder_seconds: reminder, grouping_seconds: grouping }: Texts) => [
  common('minimum_severity', 'text', severities),
  common('reminder_seconds', 'number', durations([0, 900, 3_600, 14_400, 43_200, 86_400], reminder, 'never')),
  common('grouping_seconds', 'number', durations([0, 30, 60, 300, 900, 3_600], grouping, 'not at all')),
  common('sources', 'list', undefined, '(one a line; empty: all)'),
]

const QUIET: readonly Setting[] = [
  { path: 'quiet_hours.from', label: 'From', form: 'text', remark: '', placeholder: '22:00' },
  { path: 'quiet_hours.to', label: 'To', form: 'text', remark: '', placeholder: '07:00' },
  {
    path: 'quiet_hours.time_zone',
    label: 'Time zone',
    form: 'text',
    remark: '',
    placeholder: 'Europe/Berlin',
  },
  { path: 'quiet_hours.except', label: 'Except, from', form: 'text', remark: '', options: severities },
]

const settingsOf = (kind: ChannelKind, texts: Texts = {}): readonly Setting[] => [
  ...ownSettings(kind),
  ...commonSettings(texts),
  ...QUIET,
]

/** Texts of a channel; of a new one without its settings. */
export const textsOfChannel = (kind: ChannelKind, config?: ChannelConfig): Texts =>
  textsOf(settingsOf(kind), {
    ...(config ?? v.getDefaults(v.object(COMMON))),
    quiet_hours: config?.quiet_hours ?? { except: 'critical' },
  })

/** The document that a form stands for. An absent secret stays as it is. */
export function channelIn(kind: ChannelKind, texts: Texts, form: URLSearchParams): Record<string, unknown> {
  const { quiet_hours = {}, ...settings } = documentIn(settingsOf(kind), texts)
  const secrets = Object.keys(adapterOf(kind).secrets).flatMap((slot) => {
    const value = (form.get(`${SECRET_PREFIX}${slot}`) ?? '').trim()
    return value === '' ? [] : [[slot, value] as const]
  })
  return {
    ...settings,
    // The severity alone means nothing.
    ...(Object.keys(quiet_hours as object).some((name) => name !== 'except') ? { quiet_hours } : {}),
    kind,
    secrets: Object.fromEntries(secrets),
  }
}

interface FieldsProps {
  readonly kind: ChannelKind
  readonly texts: Texts
  /** Slots that hold a value. */
  readonly stored: readonly string[]
}

export const ChannelFields: FC<FieldsProps> = ({ kind, texts, stored }) => (
  <>
    {ownSettings(kind).map((setting) => (
      <SettingField setting={setting} />
    ))}
    {Object.entries(adapterOf(kind).secrets).map(([slot, { isRequired, description }]) => (
      <TextField
        name={`${SECRET_PREFIX}${slot}`}
        label={settingLabel(slot)}
        type="password"
        required={isRequired && !stored.includes(slot)}
        {...(stored.includes(slot) ? { remark: '(stored; empty: it stays)' } : {})}
        hint={
          <>
            {description} {slot === 'signing_secret' && <Proposal />}
          </>
        }
      />
    ))}
    {commonSettings(texts).map((setting) => (
      <SettingField setting={setting} />
    ))}
    <fieldset>
      <legend>Quiet hours</legend>
      <p class="soft">{v.getDescription(COMMON.quiet_hours)} Empty: none.</p>
      <div class="columns">
        {QUIET.map((setting) => (
          <div>
            <SettingField setting={setting} />
          </div>
        ))}
      </div>
    </fieldset>
  </>
)

/** A new value for a slot that Postern signs with. It is not stored until somebody pastes it into the field. */
const Proposal: FC = () => (
  <>
    A new one:{' '}
    <code data-copy="the proposed secret">{`whsec_${crypto.getRandomValues(new Uint8Array(32)).toBase64()}`}</code>
  </>
)
