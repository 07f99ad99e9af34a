/** Forms: their fields, what was typed into them, and what is wrong with that. */
import { type Child, type FC, createContext, useContext } from 'hono/jsx'
import type { Who } from '../../registry/audit/entry.ts'
import type { ConsoleContext } from '../context.ts'
import { Hidden } from './components.tsx'
import { useView } from './view.ts'

/** A field of the form that was posted, without white space around it. */
export const field = (c: ConsoleContext, name: string): string => (c.get('form').get(name) ?? '').trim()

interface Filled {
  /** Values by the name of the field, which are shown again. Never a secret. */
  readonly typed: Readonly<Record<string, string>>
  readonly isWrong: boolean
}

const FilledContext = createContext<Filled>({ typed: {}, isWrong: false })

interface FormProps {
  readonly action: string
  readonly method?: 'get' | 'post'
  /** Of its button. */
  readonly label: string
  readonly quiet?: boolean
  /** Where Cancel leads to; absent without it. */
  readonly back?: string
  readonly typed?: Filled['typed']
  readonly problem?: Child
  readonly hidden?: Readonly<Record<string, string>>
  readonly children?: Child
}

/** A form on its page, below what is wrong with it. */
export const Form: FC<FormProps> = (props) => {
  const { action, method = 'post', label, quiet, back, typed = {}, problem, hidden, children } = props
  const { formToken } = useView()
  const token: Record<string, string> = method === 'get' || formToken === '' ? {} : { form_token: formToken }
  const button = (
    <button type="submit" class={quiet === true ? 'quiet' : undefined}>
      {label}
    </button>
  )
  return (
    <>
      <Problem>{problem}</Problem>
      <form method={method} action={action} class="stacked">
        <Hidden fields={{ ...token, ...hidden }} />
        <FilledContext.Provider value={{ typed, isWrong: problem !== undefined }}>
          {children}
        </FilledContext.Provider>
        {back === undefined ? (
          button
        ) : (
          <div class="buttons">
            {button}
            <a href={back}>Cancel</a>
          </div>
        )}
      </form>
    </>
  )
}

/** Problem of a form. */
export const Problem: FC<{ children?: Child }> = ({ children }) => {
  const Block = typeof children === 'string' ? 'p' : 'div'
  return (
    children !== undefined && (
      <Block class="notice bad" role="alert" id="problem">
        {children}
      </Block>
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
}

const Label: FC<FieldProps> = ({ name, id = name, label, required, remark }) => {
  const words = remark ?? (required === true ? '' : '(optional)')
  return (
    <label for={id}>
      {label} {words !== '' && <span class="soft">{words}</span>}
    </label>
  )
}

interface TextFieldProps extends FieldProps {
  readonly type?: 'text' | 'password'
  readonly inputmode?: 'email' | 'numeric'
  /** Whether it holds words, in which a browser may find mistakes. */
  readonly isProse?: boolean
  /** Whether a problem of the form is one of this field. */
  readonly isBlamed?: boolean
  readonly hint?: string
}

export const TextField: FC<TextFieldProps> = (props) => {
  const { name, id = name, type = 'text', required, maxlength, inputmode, isProse, isBlamed, hint } = props
  const { typed, isWrong } = useContext(FilledContext)
  const hintId = hint === undefined ? [] : [`${id}-hint`]
  const described = [...(isWrong ? ['problem'] : []), ...hintId].join(' ')
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
        value={props.value ?? typed[name]}
        aria-describedby={described || undefined}
        aria-invalid={isWrong && isBlamed === true ? 'true' : undefined}
      />
      {hint !== undefined && (
        <p class="soft" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </>
  )
}

export const TextArea: FC<FieldProps & { isCode?: boolean }> = (props) => {
  const { name, id = name, required, maxlength, isCode = false } = props
  const { typed, isWrong } = useContext(FilledContext)
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
        aria-describedby={isWrong ? 'problem' : undefined}
      >
        {/* Browsers leave out the first line break. */}
        {`\n${props.value ?? typed[name] ?? ''}`}
      </textarea>
    </>
  )
}

/** A choice that is `yes`, or not there. */
export const CheckBox: FC<{ name: string; label: string }> = ({ name, label }) => (
  <label for={name}>
    <input id={name} name={name} type="checkbox" value="yes" /> {label}
  </label>
)

const REASON_MAX_CHARACTERS = 500

export const Reason: FC = () => (
  <TextField
    name="reason"
    label="Why"
    remark="(for the audit log)"
    maxlength={REASON_MAX_CHARACTERS}
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
