/** The page for a form that was filled in while somebody else changed the same thing: what was loaded, what is now, what was typed. */
import type { ConsoleContext } from '../context.ts'
import { answerPage } from './answer.tsx'
import { type Column, Shown, Table } from './components.tsx'
import { Form } from './form.tsx'
import { hasSecret } from './unsent.ts'

type Values = Readonly<Record<string, string>>

/** Hidden fields that carry the version that was loaded, and its values. */
export const loadedFields = (version: number, values: Values): Values => ({
  version: String(version),
  ...Object.fromEntries(Object.entries(values).map(([name, value]) => [`was.${name}`, value])),
})

/** The same fields of the form that was posted: they stay while problems are mended. */
export const loadedIn = (c: ConsoleContext): Values =>
  Object.fromEntries([...c.get('form')].filter(([name]) => name === 'version' || name.startsWith('was.')))

/** The version that the form was loaded with; null if it is malformed. */
export function versionIn(c: ConsoleContext): number | null {
  const text = c.get('form').get('version') ?? ''
  return /^[0-9]{1,15}$/.test(text) ? Number(text) : null
}

interface Row {
  readonly name: string
  readonly loaded: string
  readonly now: string
  readonly typed: string
}

/** A value, and whether it differs from the one that was loaded. */
const changing = (label: string, valueOf: (row: Row) => string): Column<Row> => ({
  label,
  kind: 'long',
  cell: (row) => (
    <>
      <Shown text={valueOf(row)} max={400} /> {valueOf(row) !== row.loaded && <strong>changed</strong>}
    </>
  ),
})

const COLUMNS: readonly Column<Row>[] = [
  { label: 'Field', cell: ({ name }) => <code>{name}</code> },
  { label: 'You loaded', kind: 'long', cell: ({ loaded }) => <Shown text={loaded} max={400} /> },
  changing('Now', ({ now }) => now),
  changing('You typed', ({ typed }) => typed),
]

interface Conflict {
  readonly title: string
  /** Of the thing itself. */
  readonly back: string
  readonly version: number
  /** Values of the fields now. */
  readonly now: Values
  /** Secrets are not among them: they have to be typed again. */
  readonly typed: Values
}

/** Offers what was typed again, on top of the new version: only the fields that were changed. */
export function answerConflict(
  c: ConsoleContext,
  { title, back, version, now, typed }: Conflict,
): Promise<Response> {
  const form = c.get('form')
  const rows = Object.entries(typed).map(([name, value]) => ({
    name,
    loaded: form.get(`was.${name}`) ?? '',
    now: now[name] ?? '',
    typed: value,
  }))
  const mine = rows.map((row) => [row.name, row.typed === row.loaded ? row.now : row.typed] as const)
  return answerPage(
    c,
    { title, isWrong: true },
    <>
      <p class="notice warn" role="alert">
        Somebody changed this while you were typing. Nothing was saved yet.
        {hasSecret(form) && ' The secret was not kept: enter it again afterwards.'}
      </p>
      <Table
        caption="Fields"
        columns={COLUMNS}
        rows={rows.filter((row) => row.now !== row.loaded || row.typed !== row.loaded)}
      />
      <div class="after">
        <Form
          label="Apply mine to the new one"
          back={back}
          hidden={{ ...Object.fromEntries(mine), ...loadedFields(version, now) }}
        />
      </div>
    </>,
    409,
  )
}
