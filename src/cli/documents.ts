/** `put` and `set` of sources, destinations and channels. Their options are made from the settings of the document. */
import { readFile } from 'node:fs/promises'
import { Option } from '@commander-js/extra-typings'
import type { AnyRoute } from '../api/route.ts'
import { parseDocument } from '../platform/document-problems.ts'
import { unknownName } from '../platform/nearest.ts'
import { type Setting, hintOf, isSeconds, rangeWords, valueIn, withValue } from '../platform/settings.ts'
import { type AnyCommand, type Cli, type Io, type MakeCommand, because, changing } from './command.ts'
import { documentIn } from './input-file.ts'
import { type JsonObject, isObject, objectFrom } from './json.ts'
import { durationSeconds, timeOf } from './options.ts'
import type { Argument } from './request.ts'
import { secretInput, secretValueIn } from './secret-input.ts'
import { UsageError } from './stop.ts'

export interface Documented<Answer> {
  readonly noun: 'source' | 'destination' | 'channel'
  readonly argument: Argument
  readonly routes: { readonly get: AnyRoute; readonly put: AnyRoute }
  readonly settings: readonly Setting[]
  /** The settings of one document, if another has others. */
  readonly settingsOf?: (document: JsonObject) => readonly Setting[]
  /** Further names that a document may have, besides secrets. */
  readonly names?: readonly string[]
  /** Options behind the name, for the examples. */
  readonly examples: { readonly put: string; readonly set: string }
  readonly words: (answer: Answer, name: string) => readonly string[]
}

/** Sentences about what is wrong; all are said at once. */
type Problems = string[]

interface Given {
  readonly json?: true
  readonly url?: string
  readonly reason?: string
  readonly ifVersion?: string
  readonly slot?: readonly string[]
  readonly header?: readonly string[]
  readonly unset?: readonly string[]
}

const many = (text: string, before: readonly string[] = []): readonly string[] => [...before, text]

/** `--replay-window` of `replayWindowSeconds`: times are written with a unit. */
const flagOf = ({ flag, path }: Setting): string =>
  `--${
    flag ??
    path
      .replace(/_?seconds$/i, '')
      .replaceAll(/[._]/g, '-')
      .replaceAll(/[A-Z]/g, '-$&')
      .toLowerCase()
  }`

const TERMS: Readonly<Record<Setting['form'], string>> = {
  text: '<TEXT>',
  choice: '<VALUE>',
  check: '[yes|no]',
  number: '<N>',
  days: '<N|never>',
  list: '<LIST>',
  numbers: '<LIST>',
  json: '<JSON>',
}

function declared<Answer>(verb: 'put' | 'set', summary: string, kind: Documented<Answer>): AnyCommand {
  const { noun, argument, settings, examples, names = [] } = kind
  const command: AnyCommand = changing(verb, summary, `postern ${noun}s ${verb} ${examples[verb]}`)
  command.argument(argument[0], argument[1])
  if (verb === 'put')
    command.argument('[FILE|-]', `in place of options: its document as JSON, as for PUT /api/${noun}s`)
  for (const one of settings) {
    const values = one.choices.length > 0 ? ` One of ${one.choices.join(', ')}.` : ''
    const term = isSeconds(one) ? '<TIME>' : TERMS[one.form]
    const example = one.example === undefined ? '' : ` Such as ${one.example}.`
    command.option(`${flagOf(one)} ${term}`, `${hintOf({ ...one, values: {} })}${values}${example}`)
  }
  if (names.includes('headers'))
    command.option(
      '--header <HEADER>',
      "'name: value' of each request, any number of times; a value of - is typed unseen, or read from standard input",
      many,
    )
  command.option(
    '--slot <SLOT[=FILE]>',
    'a secret, any number of times: from the file, else typed unseen, or read from standard input',
    many,
  )
  if (verb === 'set')
    command.option(
      '--unset <NAME>',
      'back to the default, any number of times: a setting by its name in the document',
      many,
    )
  // Unknown options are said together with whatever else is wrong.
  return command
    .option('--if-version <N>', `only if the ${noun} is still at this version; 0: only if there is none`)
    .allowUnknownOption()
    .allowExcessArguments()
}

/** Creates or replaces: what is not named gets its default. */
export const put =
  <Answer>(kind: Documented<Answer>): MakeCommand =>
  (cli) => {
    const command = declared(
      'put',
      `Creates or replaces a ${kind.noun}, by options or by a file: what is not named gets its default. Secrets that are not named stay.`,
      kind,
    )
    return command.action(async () => {
      const [name = '', file] = command.args
      const problems = unknownIn(command, 2)
      const change = changeIn(kind, command, cli.io, problems)
      if (file !== undefined && problems.length === 0) {
        if (change.isGiven)
          problems.push('With a file all settings come from the file: leave out the other options.')
        stopAt(problems)
        return send(kind, cli, command, name, await documentIn(file, cli.io))
      }
      const document = change.applied({})
      for (const one of kind.settingsOf?.(document) ?? kind.settings)
        if (one.isRequired && document[one.path] === undefined)
          problems.push(
            `${flagOf(one)}: Must be set.${one.flag === 'endpoint' ? ' --url names the console.' : ''}`,
          )
      stopAt(problems)
      return send(kind, cli, command, name, await withSecrets(document, {}, command.opts(), cli.io))
    })
  }

/** Changes what is named, and leaves the rest, unless somebody else has changed it meanwhile. */
export const set =
  <Answer>(kind: Documented<Answer>): MakeCommand =>
  (cli) => {
    const command = declared(
      'set',
      `Changes settings of a ${kind.noun}: those that are named. All others stay.`,
      kind,
    )
    return command.action(async () => {
      const [name = ''] = command.args
      const options: Given = command.opts()
      const problems = unknownIn(command, 1)
      const change = changeIn(kind, command, cli.io, problems)
      if (!change.isGiven && problems.length === 0) problems.push('Name a setting to change.')
      stopAt(problems)
      const found = (await (
        await cli.api(options)
      ).call<AnyRoute>(kind.routes.get, { params: { name } })) as JsonObject
      const known = new Set([
        ...kind.settings.map(({ path }) => path.split('.')[0] ?? ''),
        ...(kind.names ?? []),
      ])
      const before = Object.fromEntries(Object.entries(found).filter(([key]) => known.has(key)))
      const document = await withSecrets(change.applied(before), found, options, cli.io)
      return send(kind, cli, command, name, document, String(found['version']))
    })
  }

async function send<Answer>(
  { routes, words }: Documented<Answer>,
  { api, show }: Cli,
  command: AnyCommand,
  name: string,
  body: JsonObject,
  version?: string,
): Promise<void> {
  const options: Given = command.opts()
  const { reason, ifVersion = version } = options
  const call = { params: { name }, body, ...because({ reason, ifVersion }) }
  const answer = (await (await api(options)).call<AnyRoute>(routes.put, call)) as Answer
  show(options, answer, () => words(answer, name).join('\n'))
}

function stopAt(problems: Problems): void {
  const [first, ...others] = problems
  if (first === undefined) return
  throw others.length === 0
    ? new UsageError(first)
    : new UsageError(`${problems.length} things are wrong. Nothing was changed.`, problems)
}

/** A short name in lower case. Anything else may be a secret and is not repeated. */
const SHOWN = /^--[a-z0-9]{2,12}(?:-[a-z0-9]{2,12}){0,3}$/

/** @param most arguments that the command takes */
function unknownIn(command: AnyCommand, most: number): Problems {
  const flags = command.options.flatMap(({ long }) => long ?? [])
  const unknown = command.args.filter((text) => text.startsWith('--'))
  if (unknown.length === 0 && command.args.length > most)
    return [`Name one ${command.registeredArguments[0]?.description ?? ''}, and no other argument.`]
  return unknown.map((text) => {
    const [flag = ''] = text.split('=')
    return `${SHOWN.test(flag) ? flag : 'An option'}: ${unknownName('setting', flag, flags)}`
  })
}

interface Change {
  readonly isGiven: boolean
  readonly applied: (document: JsonObject) => JsonObject
}

/** The change that the options ask for. */
function changeIn<Answer>(
  { settings, names = [] }: Documented<Answer>,
  command: AnyCommand,
  io: Io,
  problems: Problems,
): Change {
  const { slot = [], header = [], unset = [] }: Given = command.opts()
  const changes: (readonly [path: string, value: unknown])[] = []
  for (const one of settings) {
    const flag = flagOf(one)
    const text = command.getOptionValue(new Option(flag).attributeName()) as string | true | undefined
    if (text === undefined) continue
    const read = readOption(one, text, io.nowMs())
    if (read.problem === undefined) changes.push([one.path, read.value])
    else problems.push(`${flag}: ${read.problem}`)
  }
  const known = [...new Set(settings.flatMap(({ path }) => [path.split('.')[0] ?? '', path])), ...names]
  for (const path of unset)
    if (known.includes(path)) changes.push([path, undefined])
    else problems.push(`--unset: ${unknownName('setting', path, known)}`)
  return {
    isGiven: changes.length + slot.length + header.length > 0,
    applied: (document) => changes.reduce((so, [path, value]) => withValue(so, path, value), { ...document }),
  }
}

function readOption(one: Setting, text: string | true, nowMs: number): { value?: unknown; problem?: string } {
  if (one.form === 'check')
    return text === true || text === 'yes' || text === 'no'
      ? { value: text !== 'no' }
      : { problem: 'Must be yes or no.' }
  if (text === true || text === '' || text.startsWith('--')) return { problem: 'Lacks its value.' }
  try {
    const value = valueOf(one, text, nowMs)
    const parsed = parseDocument(one.schema, value)
    if (parsed.ok) return { value }
    const said = parsed.problems.map(({ problem }) =>
      /^Must be at (?:least|most)/.test(problem) && one.range ? `Must be from ${rangeWords(one)}.` : problem,
    )
    return { problem: said.join(' ') }
  } catch (cause) {
    if (cause instanceof UsageError) return { problem: cause.message }
    throw cause
  }
}

/** @throws {UsageError} for JSON and durations in another form */
function valueOf(one: Setting, text: string, nowMs: number): unknown {
  if (one.form === 'json') return objectFrom(text, 'It')
  if (isSeconds(one)) return /^\d{1,9}$/.test(text) ? Number(text) : durationSeconds(text)
  return one.path === 'start' && /^\d+[smhd]$/.test(text) ? timeOf(text, nowMs) : valueIn(one, text)
}

/** With the headers and secrets of the options. Others stay. @param found the answer with what is stored */
async function withSecrets(
  document: JsonObject,
  found: JsonObject,
  { header = [], slot = [] }: Given,
  io: Io,
): Promise<JsonObject> {
  const asked =
    slot.filter((one) => !one.includes('=')).length + header.filter((one) => /:[ \t]*-$/.test(one)).length
  if (!io.terminal.readsKeys && asked > 1)
    throw new UsageError('Standard input holds one secret: give the others as --slot SLOT=FILE.')
  const headers = await named(header, '--header', /^([^\s:]+):[ \t]*(.*)$/, (name, value) =>
    value === '-' ? secretInput(io, `Value of the header ${name}: `) : Promise.resolve(value),
  )
  const secrets = await named(slot, '--slot', /^([^=]+?)(?:=(.*))?$/, async (name, file) =>
    secretValueIn(
      file === undefined ? await secretInput(io, `Value of the secret ${name}: `) : await inFile(name, file),
    ),
  )
  const stored = Object.keys(isObject(found['secrets']) ? found['secrets'] : {})
  return {
    ...document,
    ...(headers.size === 0
      ? {}
      : { headers: { ...(document['headers'] as object | undefined), ...Object.fromEntries(headers) } }),
    ...(secrets.size === 0
      ? {}
      : {
          secrets: {
            ...Object.fromEntries(stored.map((name) => [name, { stored: true }])),
            ...Object.fromEntries(secrets),
          },
        }),
  }
}

async function named(
  texts: readonly string[],
  flag: string,
  form: RegExp,
  read: (name: string, rest: string | undefined) => Promise<unknown>,
): Promise<Map<string, unknown>> {
  const wanted = new Map<string, string | undefined>()
  for (const text of texts) {
    const [, name, rest] = form.exec(text) ?? []
    if (name === undefined) throw new UsageError(`${flag}: A header is needed as 'name: value'.`)
    if (wanted.has(name.toLowerCase())) throw new UsageError(`${flag}: One is named twice.`)
    wanted.set(name.toLowerCase(), rest)
  }
  const found = new Map<string, unknown>()
  for (const [name, rest] of wanted) found.set(name, await read(name, rest))
  return found
}

/** Reads a secret from a file. The file's name may be the secret itself, typed by mistake, so no error repeats it. */
async function inFile(slot: string, file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).replace(/\r?\n$/, '')
  } catch {
    throw new UsageError(`The file of the secret ${slot} cannot be read.`)
  }
}
