/** A form on a page of its own. If something is wrong, the answer is 422, and all but secrets is there as it was typed. */
import type { Child } from 'hono/jsx'
import type { DocumentProblem } from '../../platform/document-problems.ts'
import type { ConsoleContext } from '../context.ts'
import { answerPage } from './answer.tsx'
import { Form, type FormProps, typedIn } from './form.tsx'

interface FormPage extends Omit<FormProps, 'back' | 'typed' | 'problem' | 'problems' | 'children'> {
  readonly title: string
  /** The page above, to which Cancel leads as well. */
  readonly back: { readonly href: string; readonly text: string }
  readonly narrow?: false
  /** Names of the fields that are shown again. */
  readonly fields: readonly string[]
  /** Values of the fields before anything was typed. */
  readonly first?: Readonly<Record<string, string>>
  readonly problems?: readonly DocumentProblem[] | undefined
  readonly above?: Child
  readonly below?: Child
}

export function answerForm(c: ConsoleContext, options: FormPage, children: Child): Promise<Response> {
  const { title, back, narrow = true, fields, first = {}, problems = [], above, below, ...form } = options
  const isWrong = problems.length > 0
  return answerPage(
    c,
    { title, back, narrow, isWrong },
    <>
      {above}
      <Form {...form} back={back.href} typed={isWrong ? typedIn(c, fields) : first} problems={problems}>
        {children}
      </Form>
      {below}
    </>,
    isWrong ? 422 : 200,
  )
}
