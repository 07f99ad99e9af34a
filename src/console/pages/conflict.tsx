/** The page for a form that was filled in while somebody else changed the same thing: what was loaded, what is now, what was typed. */
import type { FC } from 'hono/jsx'
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

interface ConflictProps {
  readonly title: string
  /** Address of the form; absent if it is that of the page. */
  readonly action?: string | undefined
  /** Of the thing itself. */
  readonly back: string
  readonly version: number
  /** Values of the fields now. */
  readonly now: Values
  /** Secrets are not among them: they have to be typed again. */
  readonly typed: Values
}

/** Offers what was typed again, on top of the new version: only the fields that were changed. */
export function answerConflict(c: ConsoleContext, props: ConflictProps): Promise<Response> {
  const { title, typed, now } = props
  const form = c.get('form')
  const rows = Object.keys(typed).map((name) => ({
    name,
    loaded: form.get(`was.${name}`) ?? '',
    now: now[name] ?? '',
    typed: typed[name] ?? '',
  }))
  return answerPage(
    c,
    { title, isWrong: true },
    <Conflict {...props} rows={rows} lacksSecret={hasSecret(form)} />,
    409,
  )
}

const COLUMNS: readonly Column<Row>[] = [
  { label: 'Field', kind: 'name', cell: ({ name }) => <code>{name}</code> },
  { label: 'You loaded', kind: 'long', cell: ({ loaded }) => <Shown text={loaded} max={400} /> },
  {
    label: 'Now',
    kind: 'long',
    cell: ({ loaded, now }) => (
      <>
        <Shown text={now} max={400} /> {now !== loaded && <strong>changed</strong>}
      </>
    ),
  },
  {
    label: 'You typed',
    kind: 'long',
    cell: ({ loaded, typed }) => (
      <>
        <Shown text={typed} max={400} /> {typed !== loaded && <strong>changed</strong>}
      </>
    ),
  },
]

interface Differing extends ConflictProps {
  readonly rows: readonly Row[]
  readonly lacksSecret: boolean
}

const Conflict: FC<Differing> = ({ action, back, version, now, rows, lacksSecret }) => {
  const mine = Object.fromEntries(
    rows.map(({ name, loaded, now: present, typed }) => [name, typed === loaded ? present : typed]),
  )
  return (
    <>
      <p class="notice warn" role="alert">
        Somebody changed this while you were typing. Nothing was saved yet.
        {lacksSecret && ' The secret was not kept: enter it again afterwards.'}
      </p>
      <Table
        caption="Fields"
        columns={COLUMNS}
        rows={rows.filter(({ loaded, now: present, typed }) => present !== loaded || typed !== loaded)}
      />
      <div class="after">
        <Form
          action={action}
          label="Apply mine to the new one"
          back={back}
          hidden={{ ...mine, ...loadedFields(version, now) }}
        />
      </div>
    </>
  )
}
