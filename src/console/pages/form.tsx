/** Forms: their fields, what was typed into them, and what is wrong with each. */
import { type Child, type FC, createContext, useContext } from 'hono/jsx'
import type { DocumentProblem } from '../../platform/document-problems.ts'
import type { ConsoleContext } from '../context.ts'
import { Hidden } from './components.tsx'
import { SECRET_FIELD } from './unsent.ts'
import { useView } from './view.ts'

/** A field of the form that was posted, without white space around it. */
export const field = (c: ConsoleContext, name: string): string => (c.get('form').get(name) ?? '').trim()

/**
 * Values of fields of the form that was posted, to be shown again, with the line breaks that they were shown with; those of check boxes of
 * one name with commas between. Never a secret.
 */
export const typedIn = (c: ConsoleContext, names: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(
    names.map((name) => [name, c.get('form').getAll(name).join().trim().replaceAll('\r\n', '\n')]),
  )

interface Filled {
  /** Values by the name of the field, which are shown again. Never a secret. */
  readonly typed: Readonly<Record<string, string>>
  readonly problems: readonly DocumentProblem[]
  /** Of each field by its name, once it is rendered. */
  readonly labels: Map<string, Label>
}

interface Label {
  readonly id: string
  readonly label: Child
}

const FilledContext = createContext<Filled>({ typed: {}, problems: [], labels: new Map() })

interface FormProps {
  /** Where it is sent to; absent for the address of the page. */
  readonly action?: string | undefined
  readonly method?: 'get' | 'post'
  /** Of its button. */
  readonly label: string
  /** How its button looks; absent for the usual one. `danger`: something is lost. */
  readonly look?: 'quiet' | 'danger' | undefined
  /** Whether a file answers, so that the page stays and the form can be sent again. */
  readonly isDownload?: boolean | undefined
  /** Where Cancel leads to; absent without it. */
  readonly back?: string
  readonly typed?: Filled['typed']
  /** Each with the name of its field as the path: shown at the field, to which a summary on top leads. Others are shown in the summary. */
  readonly problems?: readonly DocumentProblem[] | undefined
  readonly hidden?: Readonly<Record<string, string>>
  /** Further buttons, behind the first. */
  readonly also?: Child
  readonly children?: Child
}

/** A form on its page, below what is wrong with it. */
export const Form: FC<FormProps> = (props) => {
  const { formToken, path } = useView()
  const { action = path, method = 'post', label, look, isDownload, back, hidden, also } = props
  const { typed = {}, problems = [] } = props
  const token: Record<string, string> = method === 'get' || formToken === '' ? {} : { form_token: formToken }
  const button = (
    <button type="submit" class={look}>
      {label}
    </button>
  )
  const labels: Filled['labels'] = new Map()
  return (
    <>
      <Summary problems={problems} labels={labels} />
      <form method={method} action={action} class="stacked" data-download={isDownload}>
        <Hidden fields={{ ...token, ...hidden }} />
        <FilledContext.Provider value={{ typed, problems, labels }}>{props.children}</FilledContext.Provider>
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

/** Leads to each field that is wrong, by its label, and says what is wrong with none of them. */
const Summary: FC<Pick<Filled, 'problems' | 'labels'>> = async ({ problems, labels }) => {
  // The fields below it are rendered meanwhile.
  await Promise.resolve()
  const fields = [...labels].filter(([name]) => problems.some(isAt(name)))
  const others = problems.filter((one) => !fields.some(([name]) => isAt(name)(one)))
  const count = fields.length + others.length
  return (
    count > 0 && (
      <div class="notice bad" role="alert" tabindex={-1} data-focus>
        <p>{count === 1 ? 'One thing is wrong:' : `${count} things are wrong:`}</p>
        <ul>
          {others.map(({ path, problem }) => (
            <li>
              {path !== '' && (
                <>
                  <code>{path}</code>:{' '}
                </>
              )}
              {problem}
            </li>
          ))}
          {fields.map(([, { id, label }]) => (
            <li>
              <a href={`#${id}`}>{label}</a>
            </li>
          ))}
        </ul>
      </div>
    )
  )
}

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

/** Whether a problem is at a field: of its name, or of a part of its value. */
const isAt =
  (name: string) =>
  ({ path }: DocumentProblem): boolean =>
    path === name || path.startsWith(`${name}.`)

const useProblems = (name: string): readonly DocumentProblem[] =>
  useContext(FilledContext).problems.filter(isAt(name))

export const useTyped = (name: string): string => useContext(FilledContext).typed[name] ?? ''

/** Attributes of the element that is filled in, and what it holds. */
function useControl({ name, id = name, label, required, maxlength, value, hint }: FieldProps) {
  const { labels } = useContext(FilledContext)
  // The first of several radio buttons or check boxes is the group.
  if (!labels.has(name)) labels.set(name, { id, label })
  const isBad = useProblems(name).length > 0
  const described = [isBad && `${id}-problem`, hint !== undefined && `${id}-hint`].filter(Boolean).join(' ')
  return {
    value: value ?? useContext(FilledContext).typed[name],
    attributes: {
      id,
      name,
      required,
      maxlength,
      'aria-describedby': described || undefined,
      'aria-invalid': isBad ? ('true' as const) : undefined,
    },
  }
}

/** Below a field: its hint, and what is wrong with it. */
const Below: FC<Omit<FieldProps, 'label'>> = ({ name, id = name, hint }) => {
  const own = useProblems(name)
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

/** A field between its label and what stands below it. */
const Labeled: FC<FieldProps & { children?: Child }> = (props) => {
  const { name, id = name, label, required, remark = required === true ? '' : '(optional)' } = props
  return (
    <>
      <label for={id}>
        {label} {remark !== '' && <span class="soft">{remark}</span>}
      </label>
      {props.children}
      <Below {...props} />
    </>
  )
}

interface TextFieldProps extends FieldProps {
  readonly type?: 'text' | 'password' | 'datetime-local'
  readonly inputmode?: 'email' | 'numeric' | 'url' | undefined
  /** An example of its form. */
  readonly placeholder?: string | undefined
  /** Whether it holds words, in which a browser may find mistakes. */
  readonly isProse?: boolean
}

export const TextField: FC<TextFieldProps> = (props) => {
  const { name, type = 'text', inputmode, placeholder, isProse } = props
  const { attributes, value } = useControl(props)
  return (
    <Labeled {...props}>
      <input
        {...attributes}
        type={type}
        inputmode={inputmode}
        autocomplete="off"
        autocapitalize={inputmode === 'email' ? 'none' : undefined}
        spellcheck={isProse === true ? undefined : false}
        placeholder={placeholder}
        value={value}
      />
      {type === 'password' && <SecretMark name={name} />}
    </Labeled>
  )
}

/** A field in a cell: the row and the column are its label, which is only heard. */
export const CellField: FC<FieldProps> = (props) => {
  const { attributes, value } = useControl(props)
  return (
    <>
      <input {...attributes} type="text" autocomplete="off" aria-label={props.label} value={value} />
      <Below {...props} />
    </>
  )
}

/** Says of a field that it holds a secret. Each field of the type `password` has one beside it. */
export const SecretMark: FC<{ name: string }> = ({ name }) => (
  <input type="hidden" name={SECRET_FIELD} value={name} />
)

export const TextArea: FC<FieldProps & { isCode?: boolean }> = (props) => {
  const { attributes, value = '' } = useControl(props)
  const look = props.isCode === true ? { rows: 8, spellcheck: false, class: 'code' } : { rows: 3 }
  return (
    <Labeled {...props}>
      <textarea {...attributes} {...look}>
        {/* Browsers leave out the first line break. */}
        {`\n${value}`}
      </textarea>
    </Labeled>
  )
}

/** Values with their words. */
type Options = readonly (readonly [value: string, words: Child])[]

export const SelectField: FC<FieldProps & { options: Options }> = (props) => {
  const { attributes, value: chosen } = useControl(props)
  return (
    <Labeled {...props}>
      <select {...attributes}>
        {props.options.map(([value, words]) => (
          <option value={value} selected={value === chosen}>
            {words}
          </option>
        ))}
      </select>
    </Labeled>
  )
}

/** Fields that belong together, with what is wrong with them. */
export const FieldGroup: FC<FieldProps & { children?: Child }> = (props) => {
  const { id, 'aria-describedby': described } = useControl(props).attributes
  return (
    <fieldset id={id} aria-describedby={described} tabindex={-1}>
      <legend>{props.label}</legend>
      {props.children}
      <Below {...props} />
    </fieldset>
  )
}

const Boxes: FC<FieldProps & { options: Options; type: 'checkbox' | 'radio' }> = ({ type, ...props }) => {
  const { name, options } = props
  const chosen = (useControl(props).value ?? '').split(/[\n,]/)
  return options.map(([value, words]) => (
    <label class="choice">
      <input type={type} name={name} value={value} checked={chosen.includes(value)} /> {words}
    </label>
  ))
}

interface ChoicesProps extends FieldProps {
  readonly options: Options
  /** The line in place of the boxes until somebody opens it. The script counts in it what is chosen. */
  readonly fold?: string
  /** Label of the field with which the script narrows the boxes. */
  readonly narrow?: string | undefined
}

/** Check boxes. The chosen values are typed as one text, with commas between them. */
export const Choices: FC<ChoicesProps> = ({ fold, narrow, ...props }) => {
  const boxes = (
    <div class="choices" id={`${props.name}-boxes`}>
      <Boxes {...props} type="checkbox" />
    </div>
  )
  return (
    <FieldGroup {...props}>
      {fold === undefined ? (
        boxes
      ) : (
        <details class="fold" data-count={props.name} open={useProblems(props.name).length > 0}>
          <summary>{fold}</summary>
          {narrow !== undefined && (
            <input
              type="search"
              hidden
              aria-label={narrow}
              placeholder={narrow}
              data-narrow={`${props.name}-boxes`}
            />
          )}
          {boxes}
        </details>
      )}
    </FieldGroup>
  )
}

/** A choice among a few values, each with a radio button. */
export const Choice: FC<FieldProps & { options: Options }> = (props) => (
  <FieldGroup {...props}>
    <Boxes {...props} type="radio" />
  </FieldGroup>
)

/** A value that is there, or not: `yes`. */
export const CheckBox: FC<Pick<FieldProps, 'name' | 'label' | 'hint'>> = (props) => {
  const { attributes, value } = useControl(props)
  return (
    <>
      <label class="choice" for={attributes.id}>
        <input {...attributes} type="checkbox" value="yes" checked={value === 'yes'} /> {props.label}
      </label>
      <Below {...props} />
    </>
  )
}

const REASON_MAX_CHARACTERS = 500

export const Reason: FC<{ required?: boolean }> = ({ required = false }) => (
  <TextField
    name="reason"
    label="Why"
    remark={required ? '(for the audit log)' : '(optional, for the audit log)'}
    maxlength={REASON_MAX_CHARACTERS}
    required={required}
    isProse
  />
)

/** The operator's reason; empty if the form has none. */
export const reasonIn = (c: ConsoleContext): string => field(c, 'reason').slice(0, REASON_MAX_CHARACTERS)
