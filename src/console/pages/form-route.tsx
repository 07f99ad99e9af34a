/** Forms as the two handlers of a page. GET shows what is stored; POST shows what was typed while something is wrong. */
import type { Child, FC } from 'hono/jsx'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { statusOf } from '../../api/problem.ts'
import type { DocumentProblem } from '../../platform/document-problems.ts'
import type { NotChanged } from '../../registry/sources/source.ts'
import { notChanged } from '../api/changes.ts'
import { NO_VERSION } from '../api/conditions.ts'
import type { ConsoleContext } from '../context.ts'
import { answerPage } from './answer.tsx'
import { answerConflict, loadedFields, loadedIn, versionIn } from './conflict.tsx'
import { Form, reasonIn, typedIn } from './form.tsx'
import type { FrameProps } from './layout.tsx'
import type { Answer, Finder } from './route.ts'

type Texts = Readonly<Record<string, string>>
type Noun = Parameters<typeof notChanged>[1]

/** Why a form was refused: problems of its fields, a sentence about all of it, or why the registry changed nothing. */
type Refused = readonly DocumentProblem[] | string | NotChanged

interface Shown {
  readonly title: string
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
  /** Noun of the thing, for sentences about what the registry refuses. */
  readonly noun?: Noun
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
    save,
  } = options
  const { answer = (c, _thing, content, frame, status) => answerPage(c, frame, content, status) } = options

  const show = (
    c: ConsoleContext,
    thing: Thing,
    typed: Typed,
    loaded: Texts,
    problems: readonly DocumentProblem[] = [],
    status?: ContentfulStatusCode,
  ) => {
    const { title, label, back, lead, before, hidden, also, isDownload } = shown(thing)
    const [href, text] = back
    return answer(
      c,
      thing,
      <>
        {lead !== undefined && <p class="lead">{lead}</p>}
        {before}
        <Form
          label={label}
          isDownload={isDownload}
          back={href}
          hidden={{ ...loaded, ...hidden }}
          typed={{ ...typed, reason: c.req.method === 'POST' ? reasonIn(c) : '' }}
          problems={problems}
          also={also}
        >
          <Fields thing={thing} typed={typed} />
        </Form>
      </>,
      { title, narrow: true, back: { href, text }, isWrong: problems.length > 0 },
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
      const isConflict = typeof done === 'object' && 'code' in done && done.code === 'version_conflict'
      if (isConflict && versionOf !== undefined) return conflict(c)
      const { noun } = shown(thing)
      const [problems, status] =
        isConflict && 'name' in stored
          ? [[{ path: 'name', problem: `There is a ${noun} of this name already.` }]]
          : problemsOf(done, noun)
      return show(c, thing, typed, loadedIn(c), problems, status)
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
  noun: Noun,
): readonly [problems: readonly DocumentProblem[], status?: ContentfulStatusCode] {
  if (typeof refused === 'string') return [[{ path: '', problem: refused }]]
  if (!('code' in refused)) return [refused.map(atList)]
  const { detail, code, problems = [{ path: '', problem: detail }] } = notChanged(refused, noun)
  return [problems.map(atList), statusOf(code)]
}
