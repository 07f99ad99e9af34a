/** The page before an action on many: how many, some of them, and the button that starts it. */
import type { Child } from 'hono/jsx'
import { answerPage } from './answer.tsx'
import { type Column, List, NoticeLine, Part } from './components.tsx'
import type { ConsoleContext } from '../context.ts'
import { textIn } from './filters.tsx'
import { Form, Reason } from './form.tsx'
import type { Notice } from './notices.ts'

/** Rows of the sample. */
export const SAMPLE = 10

interface Plan<Row> {
  readonly title: string
  readonly back: { readonly href: string; readonly text: string }
  /** One sentence with the count. */
  readonly says: string
  /** The button; undefined if there is nothing to do. */
  readonly label: string | undefined
  readonly action: string
  /** The filter of the count. */
  readonly hidden: Readonly<Record<string, string>>
  /** Of the part that is done. */
  readonly notice: Notice | undefined
  /** Above the sample. */
  readonly more?: Child
  readonly rows: readonly Row[] | undefined
  readonly columns: readonly Column<Row>[]
}

export const answerPlan = <Row,>(c: ConsoleContext, plan: Plan<Row>): Promise<Response> => {
  const { title, back, says, label, action, hidden, notice, more, rows, columns } = plan
  return answerPage(
    c,
    { title, back },
    <>
      <NoticeLine notice={notice} />
      <p class="lead">{says}</p>
      {label !== undefined && (
        <>
          {more}
          <Form action={action} label={label} back={back.href} hidden={hidden}>
            <Reason />
          </Form>
          <Part id="sample" title="Some of them">
            <List
              caption="Some of them"
              columns={columns.filter(({ role }) => role === undefined)}
              rows={rows}
              empty="None is shown."
              unread="The store did not answer."
            />
          </Part>
        </>
      )}
    </>,
  )
}

/** The fields that narrow, without those that are empty. */
export const given = (from: URLSearchParams, names: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(
    names.flatMap((name) => {
      const value = textIn(from, name)
      return value === undefined ? [] : [[name, value]]
    }),
  )

/** An address with what is narrowed. */
export const narrowedTo = (path: string, narrowed: Readonly<Record<string, string>>, also = ''): string => {
  const query = [also, new URLSearchParams(narrowed).toString()].filter((part) => part !== '').join('&')
  return query === '' ? path : `${path}${path.includes('?') ? '&' : '?'}${query}`
}
