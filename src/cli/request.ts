/** Commands that make one request of the API and print its answer: lists, single items, and changes without a body. */
import { Option } from '@commander-js/extra-typings'
import * as v from 'valibot'
import { type AnyCall, type RowOf, listNameOf } from '../api/client.ts'
import type { AnswerOf, AnyRoute, QueryOf } from '../api/route.ts'
import {
  type AnyCommand,
  type Cli,
  type MakeCommand,
  type Paint,
  type RemoteOptions,
  type ShownOptions,
  because,
  changing,
  remote,
} from './command.ts'
import type { More } from './connection/api.ts'
import { wholeNumber } from './options.ts'
import { type Cell, type Columns, table } from './out/table.ts'
import { confirmed } from './secret-input.ts'

interface Described<Query = Readonly<Record<string, unknown>>> {
  readonly summary: string
  /** A whole line. */
  readonly example: string
  /** Each fills a parameter of the route's path, in their order. */
  readonly arguments?: readonly Argument[]
  /** The option of each parameter of the query. */
  readonly query?: {
    readonly [Name in keyof Query]?: readonly [flags: string, description: string, read?: ReadOption]
  }
}

interface Routed<R extends AnyRoute> extends Described<QueryOf<R>> {
  readonly route: R
}

/** Of a noun that has no file in `src/api` yet. */
interface ByPath extends Described {
  readonly path: string
}

export type Argument = readonly [term: string, description: string, read?: (text: string) => unknown]
type ReadOption = (text: string | undefined, nowMs: number) => string | undefined

interface Given extends ShownOptions, RemoteOptions {
  readonly reason?: string | undefined
  readonly yes?: true | undefined
  readonly all?: true | undefined
  readonly limit?: number | undefined
}

type AnyRow = Readonly<Record<string, Cell>>

interface Listing<Item, Row> {
  /** Default: list. */
  readonly name?: string
  readonly columns: Columns<Row>
  /** Rows of an item, if an item is not a row. */
  readonly rowsOf?: (item: Item) => readonly Row[]
  /** The highest `--limit`. Without, the command lists all that there are. */
  readonly limitMax?: number
  /** Description of `--all`, of a list that has it. */
  readonly all?: string
}

/** Options of a list that can be long. */
export const PAGED = { limitMax: 1_000_000, all: 'all that there are, page by page' } as const

interface ListCommand {
  <R extends AnyRoute>(asked: Listing<RowOf<R>, RowOf<R>> & Routed<R>): MakeCommand
  <Item, Row = Item>(
    asked: Listing<Item, Row> & ByPath & { readonly key: string; readonly unpaged?: true },
  ): MakeCommand
}

/** A command that prints a table with a row an item. */
export const list = listCommand as unknown as ListCommand

function listCommand({
  name = 'list',
  limitMax,
  all,
  columns,
  rowsOf = (item) => [item],
  ...asked
}: Listing<AnyRow, AnyRow> &
  Described & {
    readonly route?: AnyRoute
    readonly path?: string
    readonly key?: string
    readonly unpaged?: true
  }): MakeCommand {
  return (cli) => {
    const route = asked.route ?? routeAt(asked.path, asked.key, asked.unpaged)
    const command = declared(remote, name, asked)
    if (limitMax !== undefined)
      command.option('--limit <N>', 'how many at most', wholeNumber(1, limitMax), 50)
    if (all !== undefined) command.option('--all', all)
    return command.action(async () => {
      const options: Given = command.opts()
      const api = await cli.api(options)
      const limit = options.all === true ? null : (options.limit ?? null)
      const items = (await api.list(route, callOf(route, asked, command, cli), limit)) as AnyRow[]
      cli.show(options, { [listNameOf(route)]: items }, () =>
        table(columns, items.flatMap(rowsOf), cli.paint),
      )
    })
  }
}

interface Wanted<Answer> {
  readonly name: string
  /** Question before the request, unless `--yes` is given. @param subject the first argument */
  readonly question?: (subject: string) => string
  readonly more?: More
  /** The answer for a person. @param subject the first argument */
  readonly words: (answer: Answer, paint: Paint, subject: string) => string
  /** Whether the command ends with the exit code of a negative result. */
  readonly isNegative?: (answer: Answer) => boolean
}

/** A command that prints the answer of one request without a body. */
export function request<Answer>(
  asked: Wanted<Answer> & ByPath & { readonly method?: 'POST' | 'DELETE' },
): MakeCommand
export function request<R extends AnyRoute>(asked: Wanted<AnswerOf<R>> & Routed<R>): MakeCommand
export function request({
  name,
  question,
  more,
  words,
  isNegative,
  ...asked
}: Wanted<unknown> &
  Described & {
    readonly route?: AnyRoute
    readonly path?: string
    readonly method?: 'POST' | 'DELETE'
  }): MakeCommand {
  return (cli) => {
    const route = asked.route ?? { ...routeAt(asked.path), method: asked.method ?? 'GET' }
    const command = declared(route.method === 'GET' ? remote : changing, name, asked)
    if (question !== undefined) command.option('--yes', 'do not ask')
    return command.action(async () => {
      const options: Given = command.opts()
      const subject = command.args[0] ?? ''
      if (question !== undefined && options.yes !== true && !(await confirmed(cli.io, question(subject))))
        return cli.end('no')
      const api = await cli.api(options)
      const call = { ...callOf(route, asked, command, cli), ...because(options), ...more }
      const answer = await api.call(route, call)
      cli.show(options, answer, () => words(answer, cli.paint, subject))
      if (isNegative?.(answer) === true) cli.end('no')
    })
  }
}

/** A route of which only the path is known, and the name of its list. */
const routeAt = (path = '', key = '', unpaged?: true): AnyRoute => ({
  method: 'GET',
  path,
  summary: '',
  role: 'viewer',
  ...(unpaged === true ? {} : { query: v.object({ limit: v.unknown() }) }),
  answer: v.object({ [key]: v.array(v.unknown()) }),
})

function declared(
  make: (name: string, summary: string, example: string) => AnyCommand,
  name: string,
  { summary, example, arguments: named = [], query = {} }: Described,
): AnyCommand {
  const command = make(name, summary, example)
  for (const [term, what, read] of named) command.argument(term, what, read)
  for (const option of Object.values(query)) if (option !== undefined) command.option(option[0], option[1])
  return command
}

function callOf({ path }: AnyRoute, { query = {} }: Described, command: AnyCommand, { io }: Cli): AnyCall {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name)
  const valueOf = (flags: string) =>
    command.getOptionValue(new Option(flags).attributeName()) as string | undefined
  const asked = Object.entries(query).flatMap(([name, option]) => {
    if (option === undefined) return []
    const [flags, , read] = option
    const text = valueOf(flags)
    return [[name, read === undefined ? text : read(text, io.nowMs())]]
  })
  return {
    params: Object.fromEntries(names.map((name, i) => [name, String(command.processedArgs[i])])),
    query: Object.fromEntries(asked),
  }
}
