/** Commands that make one request of the API and print its answer: lists, single items, and changes without a body. */
import { Option } from '@commander-js/extra-typings'
import { type AnyCall, type Call, type RowOf, listNameOf, takes } from '../api/client.ts'
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
import type { Api, More } from './connection/api.ts'
import { type HistoryOf, historyOf, missingOf } from './history.ts'
import { naming, wholeNumber } from './options.ts'
import { type Columns, table } from './out/table.ts'
import { confirmed } from './secret-input.ts'
import { hasPage, pageOf } from './web.ts'

interface Described<R extends AnyRoute> {
  readonly summary: string
  /** A whole line. */
  readonly example: string
  readonly route: R
  /** One for each parameter of the path, in their order. */
  readonly arguments?: readonly Argument[]
  /** The option of each parameter of the query. */
  readonly query?: { readonly [Name in keyof QueryOf<R>]?: QueryOption }
}

export type Argument = readonly [term: string, description: string, read?: (text: string) => unknown]
type QueryOption = readonly [
  flags: string,
  description: string,
  read?: (text: string, nowMs: number) => string,
]

type QueryOptions = Readonly<Record<string, QueryOption>>

interface Given extends ShownOptions, RemoteOptions {
  readonly reason?: string | undefined
  readonly yes?: true | undefined
  readonly all?: true | undefined
  readonly limit?: number | undefined
  readonly web?: true | undefined
}

export interface List<R extends AnyRoute> extends Described<R> {
  /** Default: list. */
  readonly name?: string
  /** Of a table with a row an item. */
  readonly columns?: Columns<RowOf<R>>
  /** The list for a person, if an item is not a row. */
  readonly words?: (items: readonly RowOf<R>[], paint: Paint) => string
  /** The highest `--limit`. Without, the command lists all that there are. */
  readonly limitMax?: number
  /** Description of `--all`, of a list that has it. */
  readonly all?: string
}

/** Options of a list that can be long. */
export const PAGED = { limitMax: 1_000_000, all: 'all that there are, page by page' } as const

/** A command that prints a list. */
export const list =
  <R extends AnyRoute>({
    name = 'list',
    columns = [],
    words = (items, paint) => table(columns, items, paint),
    limitMax,
    all,
    ...described
  }: List<R>): MakeCommand =>
  (cli) => {
    const { route } = described
    const command = declared(remote, name, described)
    if (limitMax !== undefined)
      command.option('--limit <N>', 'how many at most', wholeNumber(1, limitMax), 50)
    if (all !== undefined) command.option('--all', all)
    return command.action(async () => {
      const options: Given = command.opts()
      const api = await cli.api(options)
      const limit = options.all === true ? null : (options.limit ?? null)
      const call = callOf(described, command, cli)
      if (options.web === true) return browse(cli, api, route, call)
      let history: HistoryOf = {}
      const items = await api.list(route, call, limit, (answer) => (history = historyOf(answer)))
      cli.show(options, { [listNameOf(route)]: items, ...history }, () => words(items, cli.paint))
      const isWhole = limit === null || items.length < limit
      const missing = missingOf(history, (call as AnyCall).query?.['since'], isWhole)
      if (missing !== undefined) cli.io.terminal.note(missing)
    })
  }

export interface Request<R extends AnyRoute> extends Described<R> {
  readonly name: string
  /** Question before the request, unless `--yes` is given. @param subject the first argument */
  readonly question?: (subject: string) => string
  readonly more?: More
  /** The answer for a person. @param subject the first argument */
  readonly words: (answer: AnswerOf<R>, paint: Paint, subject: string) => string
  /** Whether the command ends with the exit code of a negative result. */
  readonly isNegative?: (answer: AnswerOf<R>) => boolean
}

/** A command that prints the answer of one request without a body. */
export const request =
  <R extends AnyRoute>({ name, question, more, words, isNegative, ...described }: Request<R>): MakeCommand =>
  (cli) => {
    const { route } = described
    const command = declared(route.method === 'GET' ? remote : changing, name, described)
    if (question !== undefined) command.option('--yes', 'do not ask')
    return command.action(async () => {
      const options: Given = command.opts()
      const subject = command.args[0] ?? ''
      if (question !== undefined && options.yes !== true && !(await confirmed(cli.io, question(subject))))
        return cli.end('no')
      const api = await cli.api(options)
      const call = { ...callOf(described, command, cli), ...because(options), ...more }
      if (options.web === true) return browse(cli, api, route, call)
      const answer = (await (takes(route, 'cursor') ? api.whole : api.call)<AnyRoute>(
        route,
        call,
      )) as AnswerOf<R>
      cli.show(options, answer, () => words(answer, cli.paint, subject))
      if (isNegative?.(answer) === true) cli.end('no')
    })
  }

function declared<R extends AnyRoute>(
  make: (name: string, summary: string, example: string) => AnyCommand,
  name: string,
  { route, summary, example, arguments: named = [], query = {} }: Described<R>,
): AnyCommand {
  const command = make(name, summary, example)
  for (const [term, what, read] of named) command.argument(term, what, read)
  for (const [flags, description] of Object.values(query as QueryOptions)) command.option(flags, description)
  if (hasPage(route)) command.option('--web', 'open its page of the console in place of printing it')
  return command
}

function browse({ io }: Cli, { url }: Api, route: AnyRoute, call: AnyCall): void {
  const page = pageOf(route, call, url).href
  io.print(page)
  io.browse(page)
}

/** The parameters of a call, from the arguments and options of its command. */
function callOf<R extends AnyRoute>(
  { route, query = {} }: Described<R>,
  command: AnyCommand,
  { io }: Cli,
): Call<R> {
  const names = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name)
  const valueOf = (flags: string) =>
    command.getOptionValue(new Option(flags).attributeName()) as string | undefined
  return {
    params: Object.fromEntries(names.map((name, i) => [name, command.processedArgs[i]])),
    query: Object.fromEntries(
      Object.entries(query as QueryOptions).map(([name, [flags, , read]]) => {
        const text = valueOf(flags)
        if (text === undefined || read === undefined) return [name, text]
        return [name, naming(new Option(flags).long ?? flags, () => read(text, io.nowMs()))]
      }),
    ),
  } as unknown as Call<R>
}
