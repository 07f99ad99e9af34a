/** Rows of a destination's form: conditions of its filter, and headers of its requests. */
import type { FC } from 'hono/jsx'
import { MailEventSchema } from '../../../event/mail-event.ts'
import { FieldGroup, SecretMark, TextArea } from '../form.tsx'
import { COMPARISONS } from './conditions.ts'
import type { Texts } from '../setting-fields.tsx'
import { SPARE_ROWS, rowsIn } from './draft.ts'

type CellProps = Readonly<Record<string, string>> & { readonly name: string; readonly label: string }

/** A field of a row. */
const Cell: FC<CellProps> = ({ label, type, ...props }) => (
  <>
    <input
      type={type}
      {...props}
      aria-label={label}
      autocomplete="off"
      spellcheck={false}
      maxlength={2_000}
    />
    {type === 'password' && <SecretMark name={props.name} />}
  </>
)

const FIELDS = Object.keys(MailEventSchema.entries).filter(
  (name) => !['id', 'type', 'source', 'metadata'].includes(name),
)

/** Rows of conditions, of which two are empty. Each time that the form comes back there are two more. */
export const Conditions: FC<{ draft: Texts }> = ({ draft }) => (
  <FieldGroup
    name="where"
    label="Conditions"
    hint={
      <>
        All must hold. Fields of metadata begin with <code>metadata.</code>; leave a row empty to drop it. For
        more rows, try the filter.
      </>
    }
  >
    <datalist id="event-fields">
      {[...FIELDS, 'metadata.'].map((name) => (
        <option value={name} />
      ))}
    </datalist>
    {[...rowsIn(draft), ...Array.from({ length: SPARE_ROWS }, () => undefined)].map((condition, i) => (
      <div class="condition" role="group" aria-label={`Condition ${i + 1}`}>
        <Cell
          name={`field.${i}`}
          label="Field"
          placeholder="bounce_type"
          value={condition?.field ?? ''}
          list="event-fields"
        />
        <select name={`comparison.${i}`} aria-label="Comparison">
          {Object.entries(COMPARISONS).map(([value, { words }]) => (
            <option value={value} selected={value === condition?.comparison}>
              {words}
            </option>
          ))}
        </select>
        <Cell name={`value.${i}`} label="Value" placeholder="Value" value={condition?.value ?? ''} />
      </div>
    ))}
    <details open={(draft['where'] ?? '') !== ''}>
      <summary>Conditions that no row can say ($or, $not), as JSON</summary>
      <TextArea name="where" id="where-json" label="JSON" maxlength={20_000} isCode />
    </details>
  </FieldGroup>
)

/** Names are shown, values never. @param names those that are stored @param kept those of them that stay */
export const Headers: FC<{ names: readonly string[]; kept: readonly string[] }> = ({ names, kept }) => (
  <FieldGroup
    name="headers"
    label="Headers of each request"
    hint="As for an API gateway: authorization and its value. Values are never shown again."
  >
    {names.map((name) => (
      <div class="condition">
        <label class="choice">
          <input type="checkbox" name="headers" value={name} checked={kept.includes(name)} /> keep{' '}
          <code>{name}</code>
        </label>
        <Cell
          name={`header.${name}`}
          label={`New value of ${name}`}
          placeholder="New value; empty: it stays"
          type="password"
        />
      </div>
    ))}
    {Array.from({ length: SPARE_ROWS }, (_, i) => (
      <div class="condition">
        <Cell name={`header_name.${i}`} label="Name of a header" placeholder="Name" />
        <Cell name={`header_value.${i}`} label="Its value" placeholder="Value" type="password" />
      </div>
    ))}
  </FieldGroup>
)
