/** Commands that make one request of the API and print its answer: lists, single items, and changes without a body. */
import { Option } from '@commander-js/extra-typings'
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
import type { More, Query } from './connection/api.ts'
import { wholeNumber } from './options.ts'
import { type Columns, table } from './out/table.ts'
import { confirmed } from './secret-input.ts'

interface Described {
  readonly summary: string
  /** A whole line. */
  readonly example: string
  /** In the API. Each argument of the command fills a `{…}`, in their order. */
  readonly path: string
  readonly arguments?: readonly Argument[]
  /** The option of each parameter of the query. */
  readonly query?: Readonly<Record<string, readonly [flags: string, description: string, read?: ReadOption]>>
}

export type Argument = readonly [term: string, description: string, read?: (text: string) => unknown]
type ReadOption = (text: string | undefined, nowMs: number) => string | undefined

interface Given extends ShownOptions, RemoteOptions {
  readonly reason?: string | undefined
  readonly yes?: true | undefined
  readonly all?: true | undefined
  readonly limit?: number | undefined
}

export interface List<Item, Row> extends Described {
  /** Default: list. */
  readonly name?: string
  /** Name of the items in the answer. */
  readonly key: string
  readonly columns: Columns<Row>
  /** Rows of an item, if an item is not a row. */
  readonly rowsOf?: (item: Item) => readonly Row[]
  /** The highest `--limit`. Without, the command lists all that there are. */
  readonly limitMax?: number
  /** Description of `--all`, of a list that has it. */
  readonly all?: string
  /** The answer has no pages, and the route takes no limit. */
  readonly unpaged?: true
}

/** Options of a list that can be long. */
export const PAGED = { limitMax: 1_000_000, all: 'all that there are, page by page' } as const

/** A command that prints a table with a row an item. */
export const list =
  <Item, Row = Item>({ name = 'list', limitMax, all, unpaged, ...asked }: List<Item, Row>): MakeCommand =>
  (cli) => {
    const { key, columns, rowsOf = (item: Item) => [item as unknown as Row] } = asked
    const command = declared(remote, name, asked)
    if (limitMax !== undefined)
      command.option('--limit <N>', 'how many at most', wholeNumber(1, limitMax), 50)
    if (all !== undefined) command.option('--all', all)
    return command.action(async () => {
      const options: Given = command.opts()
      const api = await cli.api(options)
      const [path, query] = targetOf(asked, command, cli)
      const limit = options.all === true ? null : (options.limit ?? null)
      const items =
        unpaged === true
          ? ((await api.get<Record<string, Item[]>>(path, query))[key] ?? [])
          : await api.list<Item>(path, key, query, limit)
      cli.show(options, { [key]: items }, () => table(columns, items.flatMap(rowsOf), cli.paint))
    })
  }

export interface Request<Answer> extends Described {
  readonly name: string
  /** Default: GET. */
  readonly method?: 'POST' | 'DELETE'
  /** Question before the request, unless `--yes` is given. @param subject the first argument */
  readonly question?: (subject: string) => string
  readonly more?: More
  /** The answer for a person. @param subject the first argument */
  readonly words: (answer: Answer, paint: Paint, subject: string) => string
  /** Whether the command ends with the exit code of a negative result. */
  readonly isNegative?: (answer: Answer) => boolean
}

/** A command that prints the answer of one request without a body. */
export const request =
  <Answer>({ name, method, question, more, words, isNegative, ...asked }: Request<Answer>): MakeCommand =>
  (cli) => {
    const command = declared(method === undefined ? remote : changing, name, asked)
    if (question !== undefined) command.option('--yes', 'do not ask')
    return command.action(async () => {
      const options: Given = command.opts()
      const subject = command.args[0] ?? ''
      if (question !== undefined && options.yes !== true && !(await confirmed(cli.io, question(subject))))
        return cli.end('no')
      const api = await cli.api(options)
      const [path, query] = targetOf(asked, command, cli)
      const extra = { ...because(options), ...more }
      const answer =
        method === undefined
          ? await api.get<Answer>(path, query)
          : method === 'POST'
            ? await api.post<Answer>(path, undefined, extra)
            : await api.remove<Answer>(path, extra)
      cli.show(options, answer, () => words(answer, cli.paint, subject))
      if (isNegative?.(answer) === true) cli.end('no')
    })
  }

function declared(
  make: (name: string, summary: string, example: string) => AnyCommand,
  name: string,
  { summary, example, arguments: named = [], query = {} }: Described,
): AnyCommand {
  const command = make(name, summary, example)
  for (const [term, what, read] of named) command.argument(term, what, read)
  for (const [flags, description] of Object.values(query)) command.option(flags, description)
  return command
}

function targetOf(
  { path, query = {} }: Described,
  command: AnyCommand,
  { io }: Cli,
): [path: string, query: Query] {
  const values = [...command.processedArgs]
  const valueOf = (flags: string) =>
    command.getOptionValue(new Option(flags).attributeName()) as string | undefined
  return [
    path.replaceAll(/\{\w+\}/g, () => encodeURIComponent(String(values.shift()))),
    Object.fromEntries(
      Object.entries(query).map(([name, [flags, , read]]) => {
        const text = valueOf(flags)
        return [name, read === undefined ? text : read(text, io.nowMs())]
      }),
    ),
  ]
}
