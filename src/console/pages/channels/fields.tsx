/** Fields of a channel's form, made from the schemas of its kind. */
import type { FC } from 'hono/jsx'
import * as v from 'valibot'
import { COMMON, type ChannelConfig, channelSettings } from '../../../channels/document.ts'
import { type ChannelKind, adapterOf } from '../../../channels/index.ts'
import type { Setting } from '../../../platform/settings.ts'
import { settingLabel } from '../../messages/channels.ts'
import { TextField } from '../form.tsx'
import { SourcePicker } from '../source-picker.tsx'
import { SettingField, SettingGroups, type Texts, documentIn, textsOf } from '../setting-fields.tsx'

const SECRET_PREFIX = 'secrets.'

/** Settings with a field. Pausing has a button of its own. */
const settingsOf = (kind: ChannelKind): readonly Setting[] =>
  channelSettings(kind).filter(({ path }) => path !== 'paused')

const COMMON_SOURCES = v.getDescription(COMMON.sources)

/** Texts of a channel; of a new one without its settings. */
export const textsOfChannel = (kind: ChannelKind, config?: ChannelConfig): Texts =>
  textsOf(settingsOf(kind), config)

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
  /** Names of all sources. */
  readonly sources: readonly string[]
}

export const ChannelFields: FC<FieldsProps> = ({ kind, texts, stored, sources }) => {
  const settings = settingsOf(kind)
  const fields = (isOwn: boolean) =>
    settings
      .filter(({ path, group }) => group === undefined && path !== 'sources' && !(path in COMMON) === isOwn)
      .map((one) => <SettingField setting={one} typed={texts} />)
  return (
    <>
      {fields(true)}
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
      {fields(false)}
      <SourcePicker names={sources} hint={COMMON_SOURCES} />
      <SettingGroups settings={settings} />
    </>
  )
}

/** A new value for a slot that Postern signs with. It is not stored until somebody pastes it into the field. */
const Proposal: FC = () => (
  <>
    A new one:{' '}
    <code data-copy="the proposed secret">{`whsec_${crypto.getRandomValues(new Uint8Array(32)).toBase64()}`}</code>
  </>
)
