/** All commands as one program: their help, and what is said to those who ask wrongly. */
import { Command, type CommanderError } from '@commander-js/extra-typings'
import type { AnyCommand, Cli } from './command.ts'
import { COMMANDS } from './commands/index.ts'
import { exitLines } from './exits.ts'
import { UsageError } from './stop.ts'

/** Help was shown, which is all that was asked for, or not. */
export class HelpShown extends Error {
  override readonly name = 'HelpShown'
  readonly asked: boolean

  constructor(asked: boolean) {
    super('help was shown')
    this.asked = asked
  }
}

/** @param print gets the help */
export function program(cli: Cli, print: (text: string) => void): AnyCommand {
  const root = new Command('postern')
    .description('The command line of Postern: sources, secrets, events and what was refused.')
    .helpCommand('help [command]', 'what a command does')
    .addHelpText('after', `\nExit codes:\n${exitLines().join('\n')}`)
  for (const make of COMMANDS) root.addCommand(make(cli))
  arrange(root, [], print)
  return root
}

/** Settings that do not come down to commands that are added. */
function arrange(command: AnyCommand, above: readonly string[], print: (text: string) => void): void {
  const path = [...above, command.name()]
  command
    .configureOutput({ writeOut: print, writeErr: print, outputError: () => undefined })
    .configureHelp({
      subcommandTerm: (one) => [...path, one.name(), ...one.registeredArguments.map(argumentTerm)].join(' '),
      commandUsage: (one) => [...path, ...one.registeredArguments.map(argumentTerm), '[options]'].join(' '),
    })
    .exitOverride((error) => {
      throw endingOf(error, command, path)
    })
  for (const one of command.commands) arrange(one, path, print)
}

const argumentTerm = (argument: AnyCommand['registeredArguments'][number]): string => {
  const name = argument.name() + (argument.variadic ? '…' : '')
  return argument.required ? name : `[${name}]`
}

type Told = (command: AnyCommand, path: readonly string[]) => string

/** By the library's codes, whose own sentences quote what was typed: a secret, perhaps. */
const SENTENCES: Readonly<Record<string, Told>> = {
  'commander.unknownCommand': () => 'There is no such command; postern help lists them.',
  'commander.unknownOption': (_, path) => `An option is unknown; ${path.join(' ')} --help lists them.`,
  'commander.optionMissingArgument': valueMissing,
  'commander.missingMandatoryOptionValue': (_, path) =>
    `An option that is needed is missing; ${path.join(' ')} --help shows it.`,
  'commander.conflictingOption': (_, path) =>
    `Two options contradict each other; ${path.join(' ')} --help tells them apart.`,
  'commander.missingArgument': named,
  'commander.excessArguments': (command, path) =>
    command.commands.length > 0
      ? 'There is no such command; postern help lists them.'
      : tookAnother(command)
        ? valueMissing(command, path)
        : named(command, path),
}

/** An option without its value takes the next one for it, whose own value is then left over. */
const tookAnother = (command: AnyCommand): boolean =>
  Object.values(command.opts()).some((value) => typeof value === 'string' && value.startsWith('--'))

function valueMissing(_: AnyCommand, path: readonly string[]): string {
  return `An option lacks its value; ${path.join(' ')} --help shows it.`
}

function named({ registeredArguments }: AnyCommand, path: readonly string[]): string {
  const wanted = registeredArguments.filter(({ required }) => required)
  if (registeredArguments.length === 0) return `${path.join(' ')} takes no argument.`
  return `Name one ${(wanted.length === 0 ? registeredArguments : wanted).map(nameOf).join(' and one ')}.`
}

const nameOf = (argument: AnyCommand['registeredArguments'][number]): string =>
  argument.description === '' ? argument.name() : `${argument.name()} (${argument.description})`

function endingOf(error: CommanderError, command: AnyCommand, path: readonly string[]): Error {
  if (error.code === 'commander.helpDisplayed') return new HelpShown(true)
  if (error.code === 'commander.help') return new HelpShown(error.exitCode === 0)
  // What an option's own check says is ours, and quotes nothing.
  if (error.code === 'commander.invalidArgument')
    return new UsageError(error.message.replace(/^.*\. (?=[^.]+\.$)/, ''))
  return new UsageError(
    SENTENCES[error.code]?.(command, path) ?? 'That is not how it is asked; postern help says how.',
  )
}
