/** All commands as one program: their help, and what a usage error prints. */
import { Command, type CommanderError } from '@commander-js/extra-typings'
import { nearest } from '../platform/nearest.ts'
import type { AnyCommand, Cli } from './command.ts'
import { COMMANDS } from './commands/index.ts'
import { exitLines } from './exits.ts'
import { naming } from './options.ts'
import { UsageError } from './stop.ts'
import { VERSION } from './version.ts'

/** Help or the version was printed: all that was asked for, or not. */
export class HelpShown extends Error {
  override readonly name = 'HelpShown'
  readonly asked: boolean

  constructor(asked: boolean) {
    super('help was shown')
    this.asked = asked
  }
}

/**
 * @param print gets the help
 * @param isUsed whether a command, by its name, is loaded; the others are known by name, arguments and summary
 */
export async function program(
  cli: Cli,
  print: (text: string) => void,
  isUsed: (name: string) => boolean,
): Promise<AnyCommand> {
  const root = new Command('postern')
    .description('The command line of Postern: sources, secrets, events and what was refused.')
    .version(VERSION, '--version', 'print the version')
    .helpCommand('help [command]', 'what a command does')
    .addHelpText('after', `\nExit codes:\n${exitLines().join('\n')}`)
  for (const [term, summary, load] of COMMANDS) {
    const [name = '', ...terms] = term.split(' ')
    root.addCommand(isUsed(name) ? (await load())(cli, name, summary) : listed(name, terms, summary))
  }
  arrange(root, [], print)
  return root
}

/** A command as the help of the program shows it. */
function listed(name: string, terms: readonly string[], summary: string): AnyCommand {
  const command: AnyCommand = new Command(name).summary(summary)
  for (const term of terms) command.argument(term)
  return command
}

/** Commander does not hand these settings down to commands that are added later. */
function arrange(command: AnyCommand, above: readonly string[], print: (text: string) => void): void {
  const path = [...above, command.name()]
  for (const option of command.options) nameProblems(option, option.long ?? option.flags)
  for (const argument of command.registeredArguments) nameProblems(argument, argument.name())
  command
    .configureOutput({ writeOut: print, writeErr: print, outputError: () => undefined })
    .configureHelp({
      subcommandTerm: (one) => [...path, one.name(), ...one.registeredArguments.map(argumentTerm)].join(' '),
      commandUsage: (one) => [...path, ...one.registeredArguments.map(argumentTerm), '[options]'].join(' '),
    })
    .exitOverride((error) => {
      throw errorOf(error, command, path)
    })
  for (const one of command.commands) arrange(one, path, print)
}

/** A value that is refused says of which option or argument it is. */
function nameProblems(one: { parseArg?: <T>(value: string, previous: T) => T }, name: string): void {
  const { parseArg } = one
  if (parseArg !== undefined)
    one.parseArg = (value, previous) => naming(name, () => parseArg(value, previous))
}

const argumentTerm = (argument: AnyCommand['registeredArguments'][number]): string => {
  const name = argument.name() + (argument.variadic ? '…' : '')
  return argument.required ? name : `[${name}]`
}

type Sentence = (command: AnyCommand, path: readonly string[], message: string) => string

/** By Commander's codes. Its own messages quote whatever was typed, which may be a secret. */
const SENTENCES: Readonly<Record<string, Sentence>> = {
  'commander.unknownCommand': unknownCommand,
  'commander.unknownOption': unknownOption,
  'commander.optionMissingArgument': valueMissing,
  'commander.missingMandatoryOptionValue': (_, path, message) =>
    `The option ${declaredIn(message)} must be given. ${path.join(' ')} --help shows it.`,
  'commander.conflictingOption': (_, path) =>
    `Two options contradict each other. ${path.join(' ')} --help describes them.`,
  'commander.missingArgument': argumentsNeeded,
  'commander.excessArguments': (command, path, message) =>
    command.commands.length > 0
      ? unknownCommand(command, path, message)
      : tookAnother(command) !== undefined
        ? valueMissing(command, path, message)
        : argumentsNeeded(command, path),
}

/** A short name in lower case. Anything else may be a secret and is not repeated. */
const NAME = /^[a-z]{2,12}(?:-[a-z]{2,12}){0,2}$/

function unknownOption(command: AnyCommand, path: readonly string[], message: string): string {
  const typed = /'--([^'=]*)(?:=[^']*)?'/.exec(message)?.[1] ?? ''
  const known = command.options.flatMap(({ long }) => (long ? [long] : []))
  const similar = nearest(`--${typed}`, known)
  const named = NAME.test(typed) ? `The option --${typed} is unknown.` : 'An option is unknown.'
  const hint = similar === undefined ? '' : ` Did you mean ${similar}?`
  return `${named}${hint} ${path.join(' ')} --help lists all options.`
}

function unknownCommand(command: AnyCommand, path: readonly string[], message: string): string {
  const typed = /'([^']*)'/.exec(message)?.[1] ?? command.args[0] ?? ''
  const similar = nearest(
    typed,
    command.commands.map((one) => one.name()),
  )
  const hint = similar === undefined ? '' : ` Did you mean ${[...path, similar].join(' ')}?`
  return `There is no such command.${hint} postern help lists all commands.`
}

/** An option without its value takes the next option as its value, whose own value is then left over. */
const tookAnother = (command: AnyCommand) =>
  command.options.find((option) => {
    const value: unknown = command.getOptionValue(option.attributeName())
    return typeof value === 'string' && value.startsWith('--')
  })

function valueMissing(command: AnyCommand, path: readonly string[], message: string): string {
  const option = tookAnother(command)?.long ?? declaredIn(message)
  return `The option ${option} lacks its value. ${path.join(' ')} --help shows it.`
}

/** Commander names the option as it is declared, and not as it was typed. */
const declaredIn = (message: string): string => /--[a-z-]+/.exec(message)?.[0] ?? ''

function argumentsNeeded({ registeredArguments }: AnyCommand, path: readonly string[]): string {
  const required = registeredArguments.filter(({ required: isRequired }) => isRequired)
  if (registeredArguments.length === 0) return `${path.join(' ')} takes no argument.`
  return `Name one ${(required.length === 0 ? registeredArguments : required).map(nameOf).join(' and one ')}.`
}

const nameOf = (argument: AnyCommand['registeredArguments'][number]): string =>
  argument.description === '' ? argument.name() : `${argument.name()} (${argument.description})`

function errorOf(error: CommanderError, command: AnyCommand, path: readonly string[]): Error {
  if (error.code === 'commander.helpDisplayed' || error.code === 'commander.version')
    return new HelpShown(true)
  if (error.code === 'commander.help') return new HelpShown(error.exitCode === 0)
  // An option's own check wrote this message: it quotes nothing.
  if (error.code === 'commander.invalidArgument')
    return new UsageError(error.message.replace(/^.*\. (?=[^.]+\.$)/, ''))
  return new UsageError(
    SENTENCES[error.code]?.(command, path, error.message) ??
      'The command line is not understood. postern help describes it.',
  )
}
