/** Settings of a document as fields of a form: their values as texts, and back. */
import type { FC } from 'hono/jsx'
import {
  type Setting,
  durationWords,
  hintOf,
  isSeconds,
  valueAt,
  valueIn,
  valueWords,
  withValue,
} from '../../platform/settings.ts'
import { CheckBox, SelectField, TextArea, TextField } from './form.tsx'
import { optionsOf } from './options.ts'

export type Texts = Readonly<Record<string, string>>

/** Texts of the fields, by path. */
export const textsOf = (settings: readonly Setting[], document: unknown): Texts =>
  Object.fromEntries(settings.map((one) => [one.path, textOf(valueAt(document, one.path), one)]))

/** Values in words; one that is the default says so. A setting of a group that is off has none, unless it says what holds then. */
export const settingFacts = (settings: readonly Setting[], document: unknown): [string, string][] =>
  settings.flatMap((one): [string, string][] => {
    const value = valueAt(document, one.path)
    const isOff = value === undefined && one.path.includes('.') && one.unset === undefined
    if (isOff) return []
    if (value === null && one.form !== 'days') return [[one.label, 'for operators']]
    const isUsual =
      one.form !== 'check' && one.default !== undefined && (value ?? one.unset ?? one.default) === one.default
    return [[one.label, `${valueWords(one, value)}${isUsual ? ' (default)' : ''}`]]
  })

function textOf(value: unknown, { form, choices, offered, default: usual }: Setting): string {
  if (value === null) return 'never'
  // Something is always chosen in a list of values.
  if (value === undefined && (choices.length > 0 || offered !== undefined)) return String(usual ?? '')
  if (form === 'check') return (value ?? usual) === true ? 'yes' : ''
  return Array.isArray(value) ? value.join('\n') : String((value as string | number | undefined) ?? '')
}

/** The document that texts stand for. An empty one is an absent setting. */
export const documentIn = (settings: readonly Setting[], texts: Texts): Record<string, unknown> =>
  settings.reduce<Record<string, unknown>>((document, one) => {
    const value = valueIn(one, texts[one.path] ?? '')
    // A group of which nothing is changed stays absent.
    const isAsUsual = one.form === 'check' && one.path.includes('.') && value === one.default
    return withValue(document, one.path, isAsUsual ? undefined : value)
  }, {})

/** Settings under the headings of their groups. Those of none are for the page to place. */
export const SettingGroups: FC<{ settings: readonly Setting[] }> = ({ settings }) => (
  <>
    {[...Map.groupBy(settings, ({ group }) => group)].map(
      ([title, ones]) =>
        title !== undefined && (
          <fieldset class="group">
            <legend>{title}</legend>
            {ones.map((one) => (
              <SettingField setting={one} />
            ))}
          </fieldset>
        ),
    )}
  </>
)

/** @param typed the text of the field, which is offered as well */
function optionsIn({ choices, offered = [], values, default: usual, isRequired }: Setting, typed: string) {
  if (offered.length > 0) {
    const seconds = new Set([...offered, ...(/^\d+$/.test(typed) ? [Number(typed)] : [])])
    const sorted = [...seconds].toSorted((a, b) => a - b).map(String)
    return optionsOf(sorted, (one) => values?.[one] ?? durationWords(Number(one)))
  }
  const none = usual === undefined && !isRequired ? [''] : []
  return optionsOf([...none, ...choices], (one) => values?.[one] ?? (one || 'default'))
}

export const SettingField: FC<{ setting: Setting; typed?: Texts }> = ({ setting, typed = {} }) => {
  const { path: name, form, label, example: placeholder, isRequired: required, choices, offered } = setting
  const field = { name, required, hint: hintOf(setting), remark: '' }
  if (form === 'check') return <CheckBox {...field} label={label} />
  if (choices.length > 0 || offered !== undefined)
    return <SelectField {...field} label={label} options={optionsIn(setting, typed[name] ?? '')} />
  if (form === 'list' || form === 'numbers')
    return <TextArea {...field} label={label} remark="(one a line)" />
  const inputmode = form === 'number' ? 'numeric' : /url$/i.test(name) ? 'url' : undefined
  const unit = isSeconds(setting) ? ', in seconds' : ''
  return <TextField {...field} label={`${label}${unit}`} inputmode={inputmode} placeholder={placeholder} />
}
