/** Forms: their fields, what was typed into them, and what is wrong with each. */
import { type Child, type FC, createContext, useContext } from 'hono/jsx'
import type { DocumentProblem } from '../../platform/document-problems.ts'
import type { Who } from '../../registry/audit/entry.ts'
import type { ConsoleContext } from '../context.ts'
import { Hidden } from './components.tsx'
import { SECRET_FIELD } from './unsent.ts'
import { useView } from './view.ts'

/** A field of the form that was posted, without white space around it. */
export const field = (c: ConsoleContext, name: string): string => (c.get('form').get(name) ?? '').trim()

/** Values of fields of the form that was posted, to be shown again, with the line breaks that they were shown with. Never a secret. */
export const typedIn = (c: ConsoleContext, names: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(names.map((name) => [name, field(c, name).replaceAll('\r\n', '\n')]))

interface Filled {
  /** Values by the name of the field, which are shown again. Never a secret. */
  readonly typed: Readonly<Record<string, string>>
  readonly problems: readonly DocumentProblem[]
}

const FilledContext = createContext<Filled>({ typed: {}, problems: [] })

interface FormProps {
  /** Where it is sent to; absent for the address of the page. */
  readonly action?: string | undefined
  readonly method?: 'get' | 'post'
  /** Of its button. */
  readonly label: string
  readonly quiet?: boolean
  /** Whether a file answers, so that the page stays and the form can be sent again. */
  readonly isDownload?: boolean
  /** Where Cancel leads to; absent without it. */
  readonly back?: string
  readonly typed?: Filled['typed']
  /** Each with the name of its field as the path, empty for the form as a whole: shown at the field, and in a summary on top. */
  readonly problems?: readonly DocumentProblem[] | undefined
  readonly hidden?: Readonly<Record<string, string>>
  /** Further buttons, behind the first. */
  readonly also?: Child
  readonly children?: Child
}

/** A form on its page, below what is wrong with it. */
export const Form: FC<FormProps> = (props) => {
  const { formToken, path } = useView()
  const { action = path, method = 'post', label, quiet, isDownload, back, hidden, also } = props
  const { typed = {}, problems = [] } = props
  const token: Record<string, string> = method === 'get' || formToken === '' ? {} : { form_token: formToken }
  const button = (
    <button type="submit" class={quiet === true ? 'quiet' : undefined}>
      {label}
    </button>
  )
  return (
    <>
      <Summary problems={problems} />
      <form method={method} action={action} class="stacked" data-download={isDownload}>
        <Hidden fields={{ ...token, ...hidden }} />
        <FilledContext.Provider value={{ typed, problems }}>{props.children}</FilledContext.Provider>
        {back === undefined ? (
          button
        ) : (
          <div class="buttons">
            {button}
            {also}
            <a href={back}>Cancel</a>
          </div>
        )}
      </form>
    </>
  )
}

/** All problems of fields, each with a link to its field. */
const Summary: FC<{ problems: readonly DocumentProblem[] }> = ({ problems }) =>
  problems.length > 0 && (
    <div class="notice bad" role="alert" tabindex={-1} data-focus>
      <p>{problems.length === 1 ? 'One thing is wrong:' : `${problems.length} things are wrong:`}</p>
      <ul>
        {problems.map(({ path, problem }) => (
          <li>
            {path === '' ? (
              problem
            ) : (
              <a href={`#${path}`}>
                <code>{path}</code>: {problem}
              </a>
            )}
          </li>
        ))}
      </ul>
    </div>
  )

interface FieldProps {
  readonly name: string
  readonly label: Child
  /** Differs from the name where two forms of a page have the same field. */
  readonly id?: string
  readonly required?: boolean
  /** Behind the label, in place of "(optional)". */
  readonly remark?: string
  readonly maxlength?: number
  /** In place of what was typed. */
  readonly value?: string
  /** Its meaning and its default. */
  readonly hint?: Child
}

const Label: FC<FieldProps> = ({ name, id = name, label, required, remark }) => {
  const words = remark ?? (required === true ? '' : '(optional)')
  return (
    <label for={id}>
      {label} {words !== '' && <span class="soft">{words}</span>}
    </label>
  )
}

/** Problems at a field: those of its name, and of parts of its value. */
const problemsAt = (problems: readonly DocumentProblem[], name: string): readonly DocumentProblem[] =>
  problems.filter(({ path }) => path === name || path.startsWith(`${name}.`))

/** Descriptions of a field: its problems, its hint. */
function useDescribed({ name, id = name, hint }: FieldProps) {
  const own = problemsAt(useContext(FilledContext).problems, name)
  const ids = [...(own.length > 0 ? [`${id}-problem`] : []), ...(hint === undefined ? [] : [`${id}-hint`])]
  return { describedBy: ids.join(' ') || undefined, isBad: own.length > 0 }
}

/** Below a field: its hint, and what is wrong with it. */
const Below: FC<FieldProps> = ({ name, id = name, hint }) => {
  const own = problemsAt(useContext(FilledContext).problems, name)
  return (
    <>
      {hint !== undefined && (
        <p class="soft" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {own.length > 0 && (
        <p class="field-problem" id={`${id}-problem`}>
          {own.map(({ problem }) => problem).join(' ')}
        </p>
      )}
    </>
  )
}

interface TextFieldProps extends FieldProps {
  readonly type?: 'text' | 'password' | 'datetime-local'
  readonly inputmode?: 'email' | 'numeric' | 'url' | undefined
  /** An example of its form. */
  readonly placeholder?: string
  /** Whether it holds words, in which a browser may find mistakes. */
  readonly isProse?: boolean
}

export const TextField: FC<TextFieldProps> = (props) => {
  const { name, id = name, type = 'text', required, maxlength, inputmode, isProse } = props
  const { typed } = useContext(FilledContext)
  const { describedBy, isBad } = useDescribed(props)
  return (
    <>
      <Label {...props} />
      <input
        id={id}
        name={name}
        type={type}
        inputmode={inputmode}
        autocomplete="off"
        autocapitalize={inputmode === 'email' ? 'none' : undefined}
        spellcheck={isProse === true ? undefined : false}
        required={required}
        maxlength={maxlength}
        placeholder={props.placeholder}
        value={props.value ?? typed[name]}
        aria-describedby={describedBy}
        aria-invalid={isBad ? 'true' : undefined}
      />
      {type === 'password' && <SecretMark name={name} />}
      <Below {...props} />
    </>
  )
}

/** Says of a field that it holds a secret. Each field of the type `password` has one beside it. */
export const SecretMark: FC<{ name: string }> = ({ name }) => (
  <input type="hidden" name={SECRET_FIELD} value={name} />
)

export const TextArea: FC<FieldProps & { isCode?: boolean }> = (props) => {
  const { name, id = name, required, maxlength, isCode = false } = props
  const { typed } = useContext(FilledContext)
  const { describedBy, isBad } = useDescribed(props)
  return (
    <>
      <Label {...props} />
      <textarea
        id={id}
        name={name}
        rows={isCode ? 8 : 3}
        spellcheck={isCode ? false : undefined}
        class={isCode ? 'code' : undefined}
        required={required}
        maxlength={maxlength}
        aria-describedby={describedBy}
        aria-invalid={isBad ? 'true' : undefined}
      >
        {/* Browsers leave out the first line break. */}
        {`\n${props.value ?? typed[name] ?? ''}`}
      </textarea>
      <Below {...props} />
    </>
  )
}

/** Values with their words. */
type Options = readonly (readonly [value: string, words: Child])[]

export const SelectField: FC<FieldProps & { options: Options }> = (props) => {
  const { name, id = name, required, options } = props
  const { typed } = useContext(FilledContext)
  const { describedBy, isBad } = useDescribed(props)
  const chosen = props.value ?? typed[name]
  return (
    <>
      <Label {...props} />
      <select
        id={id}
        name={name}
        required={required}
        aria-describedby={describedBy}
        aria-invalid={isBad ? 'true' : undefined}
      >
        {options.map(([value, words]) => (
          <option value={value} selected={value === chosen}>
            {words}
          </option>
        ))}
      </select>
      <Below {...props} />
    </>
  )
}

/** Fields that belong together, with what is wrong with them. */
export const FieldGroup: FC<FieldProps & { children?: Child }> = (props) => {
  const { name, id = name, label } = props
  const { describedBy } = useDescribed(props)
  return (
    <fieldset id={id} aria-describedby={describedBy} tabindex={-1}>
      <legend>{label}</legend>
      {props.children}
      <Below {...props} />
    </fieldset>
  )
}

/** Check boxes. The chosen values are typed as one text, with commas between them. */
export const Choices: FC<FieldProps & { options: Options }> = (props) => {
  const { name, options } = props
  const { typed } = useContext(FilledContext)
  const chosen = (props.value ?? typed[name] ?? '').split(',')
  return (
    <FieldGroup {...props}>
      <div class="choices">
        {options.map(([value, words]) => (
          <label class="choice">
            <input type="checkbox" name={name} value={value} checked={chosen.includes(value)} /> {words}
          </label>
        ))}
      </div>
    </FieldGroup>
  )
}

/** One of a few values. All of them are shown. */
export const Choice: FC<FieldProps & { options: Options }> = (props) => {
  const { name, options } = props
  const { typed } = useContext(FilledContext)
  const chosen = props.value ?? typed[name]
  return (
    <FieldGroup {...props}>
      {options.map(([value, words]) => (
        <label class="choice">
          <input type="radio" name={name} value={value} checked={value === chosen} /> {words}
        </label>
      ))}
    </FieldGroup>
  )
}

interface CheckBoxProps {
  readonly name: string
  readonly label: Child
  readonly id?: string
  /** `yes` if it is absent. */
  readonly value?: string
  readonly checked?: boolean
  readonly hint?: Child
}

/** A value that is there, or not. */
export const CheckBox: FC<CheckBoxProps> = (props) => {
  const { name, id = name, label, value = 'yes' } = props
  const { typed } = useContext(FilledContext)
  const { describedBy } = useDescribed(props)
  return (
    <>
      <label class="choice" for={id}>
        <input
          id={id}
          name={name}
          type="checkbox"
          value={value}
          checked={props.checked ?? typed[name] === value}
          aria-describedby={describedBy}
        />{' '}
        {label}
      </label>
      <Below {...props} />
    </>
  )
}

const REASON_MAX_CHARACTERS = 500

export const Reason: FC<{ required?: boolean }> = ({ required }) => (
  <TextField
    name="reason"
    label="Why"
    remark="(for the audit log)"
    maxlength={REASON_MAX_CHARACTERS}
    required={required ?? false}
    isProse
  />
)

/** The operator's reason; empty if the form has none. */
export const reasonIn = (c: ConsoleContext): string => field(c, 'reason').slice(0, REASON_MAX_CHARACTERS)

/** The sender of the form, with the reason that it gives. */
export function whoWithReason(c: ConsoleContext): Who {
  const { who } = c.get('context')
  const reason = reasonIn(c)
  return reason === '' ? who : { ...who, reason }
}
