/** Forms as the two handlers of a page. GET shows what is stored; POST shows what was typed while something is wrong. */
import type { Child, FC } from 'hono/jsx'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { type Problem, statusOf } from '../../api/problem.ts'
import type { AnyRoute } from '../../api/route.ts'
import type { DocumentProblem } from '../../platform/document-problems.ts'
import { NO_VERSION } from '../api/conditions.ts'
import type { ConsoleContext } from '../context.ts'
import { answerPage } from './answer.tsx'
import { answerConflict, loadedFields, loadedIn, versionIn } from './conflict.tsx'
import { type Given, call } from './call.ts'
import { Form, Reason, TextField, reasonIn, typedIn } from './form.tsx'
import type { FrameProps } from './layout.tsx'
import type { Answer, Finder } from './route.ts'

type Texts = Readonly<Record<string, string>>
type Problems = readonly DocumentProblem[]

/** Why a form was refused: problems of its fields, or why the API did nothing. */
type Refused = Problems | Problem

interface Shown {
  readonly title: string
  /** Where the form is sent to; absent for the address of its page. */
  readonly action?: string
  /** Of the button. */
  readonly label: string
  /** Where Cancel leads to. */
  readonly back: readonly [href: string, text: string]
  readonly lead?: Child
  /** Stands between the lead and the form. */
  readonly before?: Child
  readonly hidden?: Texts
  /** Further buttons, behind the first. */
  readonly also?: Child
  /** Whether a file answers. */
  readonly isDownload?: boolean
  /** Whether something is lost by it. */
  readonly isDangerous?: boolean
  /** Whether its fields stand in a table, which needs room. */
  readonly isWide?: boolean
}

interface FormRouteOptions<Thing, Typed extends Texts> {
  /** Finds what the form is about. Absent for a form about nothing that is stored. */
  readonly of?: Finder<Thing>
  readonly shown: (thing: Thing) => Shown
  /** Values of its fields before anybody types. Secrets are not among them, and so are never shown again. */
  readonly values: (thing: Thing, c: ConsoleContext) => Typed | Promise<Typed>
  /** Reads what was typed; absent for fields with a value each. */
  readonly typedIn?: (c: ConsoleContext) => Typed
  /** With it, nobody overwrites what somebody else changed after the form was shown. */
  readonly versionOf?: (thing: Thing) => number
  readonly Fields: FC<{ thing: Thing; typed: Typed }>
  /** Puts the API's problems at the fields of the form, where they have other names. */
  readonly atFields?: (problems: Problems, thing: Thing) => Problems
  /** @param version that was shown; 0 if none was */
  readonly save: (
    c: ConsoleContext,
    thing: Thing,
    typed: Typed,
    version: number,
  ) => Promise<Response | Refused>
  /** Answers with the form; absent for a page of its own. */
  readonly answer?: (
    c: ConsoleContext,
    thing: Thing,
    content: Child,
    frame: FrameProps,
    status: ContentfulStatusCode | undefined,
  ) => Promise<Response>
}

export function formRoute<Typed extends Texts, Thing = undefined>(
  options: FormRouteOptions<Thing, Typed>,
): { readonly [Method in 'get' | 'post']: Answer } {
  const {
    of = (work) => (c) => work(c, undefined as Thing),
    shown,
    values,
    versionOf,
    Fields,
    atFields = (problems) => problems,
    save,
  } = options
  const { answer = (c, _thing, content, frame, status) => answerPage(c, frame, content, status) } = options

  const show = (
    c: ConsoleContext,
    thing: Thing,
    typed: Typed,
    loaded: Texts,
    problems: Problems = [],
    status?: ContentfulStatusCode,
  ) => {
    const { title, action, label, back, lead, before, hidden, also, isDownload, isDangerous, isWide } =
      shown(thing)
    const [href, text] = back
    return answer(
      c,
      thing,
      <>
        {lead !== undefined && <p class="lead">{lead}</p>}
        {before}
        <Form
          action={action}
          label={label}
          isDownload={isDownload}
          look={isDangerous === true ? 'danger' : undefined}
          back={href}
          hidden={{ ...loaded, ...hidden }}
          typed={{ ...typed, reason: c.req.method === 'POST' ? reasonIn(c) : '' }}
          problems={problems}
          also={also}
        >
          <Fields thing={thing} typed={typed} />
        </Form>
      </>,
      { title, narrow: isWide !== true, back: { href, text }, isWrong: problems.length > 0 },
      status,
    )
  }

  const typedOf = (c: ConsoleContext, stored: Typed) =>
    options.typedIn?.(c) ?? (typedIn(c, Object.keys(stored)) as Typed)

  /** Finds the thing again, since somebody changed it meanwhile. */
  const conflict = of(async (c, thing) => {
    const { title, back } = shown(thing)
    const now = await values(thing, c)
    const version = versionOf?.(thing) ?? NO_VERSION
    return answerConflict(c, { title, back: back[0], version, now, typed: typedOf(c, now) })
  })

  return {
    get: of(async (c, thing) => {
      const stored = await values(thing, c)
      return show(c, thing, stored, versionOf === undefined ? {} : loadedFields(versionOf(thing), stored))
    }),
    post: of(async (c, thing) => {
      const stored = await values(thing, c)
      const typed = typedOf(c, stored)
      const done = await save(c, thing, typed, versionIn(c) ?? NO_VERSION)
      if (done instanceof Response) return done
      const isConflict = 'code' in done && done.code === 'version_conflict'
      if (isConflict && versionOf !== undefined) return conflict(c)
      const [problems, status] =
        isConflict && 'name' in stored
          ? [[{ path: 'name', problem: 'There is one of this name already.' }]]
          : problemsOf(done, (problems) => atFields(problems, thing))
      return show(c, thing, typed, loadedIn(c), problems.map(atList), status)
    }),
  }
}

/** An item of a list has no field of its own: its problems stand at the list. */
const atList = ({ path, problem }: DocumentProblem): DocumentProblem => ({
  path: path.replace(/\.\d+$/, ''),
  problem,
})

function problemsOf(
  refused: Refused,
  atFields: (problems: Problems) => Problems,
): readonly [problems: Problems, status?: ContentfulStatusCode] {
  if (!('code' in refused)) return [refused]
  const { detail, code, problems = [{ path: '', problem: detail }] } = refused
  // Over HTTP it is a header.
  if (code === 'reason_needed' && refused.problems === undefined)
    return [[{ path: 'reason', problem: 'This needs a reason. Enter why.' }]]
  return [atFields(problems), statusOf(code)]
}

interface ConfirmOptions<Thing, Route extends AnyRoute> extends Pick<
  FormRouteOptions<Thing, { readonly name: string }>,
  'of' | 'shown' | 'answer'
> {
  /** The text that has to be typed, where it cannot be undone. */
  readonly nameOf?: (thing: Thing) => string
  readonly route: Route
  readonly given: (thing: Thing) => Given<Route>
  readonly done: (c: ConsoleContext, thing: Thing) => Response
}

/** The form that asks before something is lost: what is lost, its name where that cannot be undone, and the reason for the audit log. */
export const confirmRoute = <Thing, const Route extends AnyRoute>({
  nameOf,
  route,
  given,
  done,
  shown,
  ...rest
}: ConfirmOptions<Thing, Route>) =>
  formRoute<{ readonly name: string }, Thing>({
    ...rest,
    shown: (thing) => ({ isDangerous: true, ...shown(thing) }),
    values: () => ({ name: '' }),
    Fields: ({ thing }) => (
      <>
        {nameOf !== undefined && <TextField name="name" label={`Type ${nameOf(thing)}`} required />}
        <Reason />
      </>
    ),
    async save(c, thing, { name }) {
      const wanted = nameOf?.(thing) ?? name
      if (name !== wanted) return [{ path: 'name', problem: `Must be ${wanted}.` }]
      const called = await call(c, route, given(thing))
      return called.ok ? done(c, thing) : called
    },
  })
