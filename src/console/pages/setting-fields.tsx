/** Settings of a document as fields of a form: their values as texts, and back. */
import type { Child, FC } from 'hono/jsx'
import { isObject } from '../../platform/json.ts'
import { optionsOf } from './options.ts'
import { CheckBox, SelectField, TextArea, TextField } from './form.tsx'

export type Texts = Readonly<Record<string, string>>

export interface Setting {
  /** Dotted path in the document, which is also the name of its field. */
  readonly path: string
  readonly label: string
  /** Meaning and default. */
  readonly hint?: Child
  /** How its value is written. `days` is a number or `never`. */
  readonly form: 'text' | 'url' | 'number' | 'list' | 'numbers' | 'days' | 'check'
  /** The values that it may have; absent if there are many. */
  readonly options?: readonly (readonly [value: string, words: string])[] | undefined
  readonly required?: boolean
  /** Behind the label; absent for "(optional)" where it is not required. */
  readonly remark?: string
  readonly placeholder?: string
}

/** @param form how it is written, or the values that it may have */
export const setting = (
  path: string,
  label: string,
  hint: string,
  form: Setting['form'] | readonly string[] = 'text',
): Setting => ({
  path,
  label,
  hint: hint || undefined,
  remark: '',
  ...(typeof form === 'string'
    ? { form }
    : { form: 'text', options: optionsOf(form, (value) => value || 'default') }),
})

export interface Group {
  readonly title: string
  readonly settings: readonly Setting[]
}

export const SettingGroups: FC<{ groups: readonly Group[] }> = ({ groups }) => (
  <>
    {groups.map(({ title, settings }) => (
      <fieldset class="group">
        <legend>{title}</legend>
        {settings.map((one) => (
          <SettingField setting={one} />
        ))}
      </fieldset>
    ))}
  </>
)

/** Texts of the fields, by path. */
export const textsOf = (settings: readonly Setting[], document: unknown): Texts =>
  Object.fromEntries(settings.map(({ path, form }) => [path, textOf(valueAt(document, path), form)]))

function textOf(value: unknown, form: Setting['form']): string {
  if (value === null) return 'never'
  if (form === 'check') return value === true ? 'yes' : ''
  return Array.isArray(value) ? value.join('\n') : String((value as string | number | undefined) ?? '')
}

const valueAt = (document: unknown, path: string): unknown =>
  path.split('.').reduce((inside: unknown, name) => (isObject(inside) ? inside[name] : undefined), document)

/** The document that texts stand for. An empty one is an absent setting. */
export function documentIn(settings: readonly Setting[], texts: Texts): Record<string, unknown> {
  const document: Record<string, unknown> = {}
  for (const { path, form } of settings) {
    const value = valueOf(texts[path] ?? '', form)
    if (value === undefined) continue
    const [outer = '', inner] = path.split('.')
    if (inner === undefined) document[outer] = value
    else document[outer] = { ...(document[outer] as object | undefined), [inner]: value }
  }
  return document
}

function valueOf(text: string, form: Setting['form']): unknown {
  if (form === 'check') return text === 'yes'
  if (text === '') return undefined
  if (form === 'list') return wordsIn(text)
  if (form === 'numbers') return wordsIn(text).map(numberIn)
  if (form === 'number') return numberIn(text)
  if (form === 'days') return text === 'never' ? null : numberIn(text)
  return text
}

export const wordsIn = (text: string): string[] => text.split(/[\s,]+/).filter((word) => word !== '')

/** A text that is no number stays one. A sign and decimals are for the document to refuse, in words of its own. */
export const numberIn = (text: string): number | string =>
  /^-?[0-9]{1,15}(?:\.[0-9]{1,9})?$/.test(text) ? Number(text) : text

/** The value of a setting in words; empty without one. */
export function settingWords({ path, form, options }: Setting, document: unknown): string {
  const text = textOf(valueAt(document, path), form)
  if (form === 'check') return text === '' ? 'no' : text
  return options?.find(([value]) => value === text)?.[1] ?? text
}

const INPUT_MODES = { number: 'numeric', url: 'url' } as const

export const SettingField: FC<{ setting: Setting }> = ({
  setting: { path: name, form, options, ...setting },
}) => {
  const field = { name, ...setting }
  if (form === 'check') return <CheckBox {...field} />
  if (options !== undefined) return <SelectField {...field} options={options} />
  if (form === 'list' || form === 'numbers') return <TextArea {...field} />
  return (
    <TextField {...field} inputmode={form === 'number' || form === 'url' ? INPUT_MODES[form] : undefined} />
  )
}
