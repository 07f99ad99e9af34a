/** Choices after each beginning of a line, as all shells need them. */
import type { AnyCommand } from '../command.ts'

export interface Choice {
  /** A command, or an option with its hyphens. */
  readonly word: string
  readonly says: string
}

export interface Spot {
  /** The commands so far, parted by spaces; empty at the beginning. */
  readonly path: string
  readonly choices: readonly Choice[]
}

/** All spots, those above before those below. */
export function spotsOf(root: AnyCommand): Spot[] {
  const walk = (command: AnyCommand, path: readonly string[]): Spot[] => [
    { path: path.join(' '), choices: [...commandsOf(command), ...optionsOf(command)] },
    ...command.commands.flatMap((one) => walk(one, [...path, one.name()])),
  ]
  return walk(root, [])
}

const commandsOf = ({ commands }: AnyCommand): Choice[] =>
  commands.map((one) => ({ word: one.name(), says: one.summary() }))

const optionsOf = ({ options }: AnyCommand): Choice[] => [
  ...options.flatMap(({ long, description }) =>
    typeof long === 'string' ? [{ word: long, says: description }] : [],
  ),
  { word: '--help', says: 'how it is used' },
]
