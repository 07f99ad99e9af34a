/** The form of a channel: its settings as JSON, and a field for each secret, which is never filled in. */
import type { FC } from 'hono/jsx'
import * as v from 'valibot'
import type { DocumentProblem } from '../../../platform/document-problems.ts'
import { isObject } from '../../../platform/json.ts'
import { COMMON } from '../../../channels/document.ts'
import { type ChannelKind, adapterOf } from '../../../channels/index.ts'
import { Facts, Shown } from '../components.tsx'
import { Buttons } from '../secret-components.tsx'

/** A document has a few hundred characters. */
const SETTINGS_MAX_CHARACTERS = 20_000

/** Values that a person typed. Secrets are not kept: they would be shown again. */
export interface Typed {
  readonly name: string
  readonly settings: string
}

/** The settings that a channel of this kind needs, to be filled in. */
export const emptySettings = (kind: ChannelKind): string =>
  settingsText({
    ...Object.fromEntries(
      Object.entries(adapterOf(kind).entries).flatMap(([name, { type }]) =>
        type === 'optional' ? [] : [[name, type === 'array' ? [''] : '']],
      ),
    ),
    minimum_severity: 'warning',
  })

export const settingsText = (settings: object): string => JSON.stringify(settings, null, 2)

const SECRET_PREFIX = 'secret.'

/** The document that the form stands for, or why it is none. A secret whose field is empty stays as it is. */
export function documentOf(
  kind: ChannelKind,
  { settings }: Typed,
  form: URLSearchParams,
): Record<string, unknown> | readonly DocumentProblem[] {
  const read = settings.length > SETTINGS_MAX_CHARACTERS ? undefined : parsed(settings)
  if (!isObject(read)) return [{ path: 'settings', problem: 'Must be a JSON object.' }]
  if ('secrets' in read) return [{ path: 'secrets', problem: 'They have fields of their own, below.' }]
  const secrets = Object.keys(adapterOf(kind).secrets).flatMap((slot) => {
    const value = (form.get(`${SECRET_PREFIX}${slot}`) ?? '').trim()
    return value === '' ? [] : [[slot, value] as const]
  })
  return { ...read, kind, secrets: Object.fromEntries(secrets) }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

interface ChannelFormProps {
  readonly action: string
  readonly back: string
  readonly formToken: string
  readonly kind: ChannelKind
  readonly typed: Typed
  /** Of the channel that is changed; undefined for a new one. */
  readonly stored: { readonly version: number; readonly slots: readonly string[] } | undefined
  readonly problems: readonly DocumentProblem[]
}

export const ChannelForm: FC<ChannelFormProps> = ({
  action,
  back,
  formToken,
  kind,
  typed,
  stored,
  problems,
}) => {
  const described = problems.length === 0 ? undefined : 'problem'
  return (
    <>
      <Problems problems={problems} />
      <form method="post" action={action} class="stacked">
        <input type="hidden" name="form_token" value={formToken} />
        {stored === undefined ? (
          <>
            <label for="name">Name, in lower case</label>
            <input
              id="name"
              name="name"
              type="text"
              autocomplete="off"
              spellcheck={false}
              required
              maxlength={64}
              value={typed.name}
              aria-describedby={described}
            />
          </>
        ) : (
          <input type="hidden" name="version" value={String(stored.version)} />
        )}
        <label for="settings">Settings, as JSON</label>
        <textarea
          id="settings"
          name="settings"
          rows={8}
          spellcheck={false}
          class="code"
          required
          maxlength={SETTINGS_MAX_CHARACTERS}
          aria-describedby={described}
        >
          {`\n${typed.settings}`}
        </textarea>
        {Object.entries(adapterOf(kind).secrets).map(([slot, { isRequired, description }]) => {
          const isStored = stored?.slots.includes(slot) ?? false
          return (
            <>
              <label for={slot}>
                <code>{slot}</code>{' '}
                {isStored ? (
                  <span class="soft">(stored; empty: it stays)</span>
                ) : isRequired ? (
                  ''
                ) : (
                  <span class="soft">(optional)</span>
                )}
              </label>
              <input
                id={slot}
                name={`${SECRET_PREFIX}${slot}`}
                type="password"
                autocomplete="off"
                spellcheck={false}
                required={isRequired && !isStored}
                aria-describedby={`${slot}-hint`}
              />
              <p class="soft" id={`${slot}-hint`}>
                {description}
              </p>
            </>
          )
        })}
        <Buttons label={stored === undefined ? 'Create' : 'Change'} back={back} />
      </form>
      <h2 class="after">The settings</h2>
      <Facts
        rows={Object.entries({ ...adapterOf(kind).entries, ...COMMON }).map(([name, schema]) => [
          <code>{name}</code>,
          v.getDescription(schema) ?? '',
        ])}
      />
    </>
  )
}

const Problems: FC<{ problems: readonly DocumentProblem[] }> = ({ problems }) =>
  problems.length === 0 ? (
    ''
  ) : (
    <div class="notice bad" role="alert" id="problem">
      <ul class="plain-list">
        {problems.map(({ path, problem }) => (
          <li>
            {path === '' ? '' : <Shown text={path} max={100} code />} {problem}
          </li>
        ))}
      </ul>
    </div>
  )
