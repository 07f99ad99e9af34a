/** `postern completion`: what a shell needs to complete commands and options. */
import { Command } from '@commander-js/extra-typings'
import type { AnyCommand, MakeListed } from '../command.ts'
import { SHELLS } from '../completion/shells.ts'
import { spotsOf } from '../completion/tree.ts'
import { UsageError } from '../stop.ts'

const NAMES = [...SHELLS.keys()].join(', ')

export const completion: MakeListed = ({ io }, name, summary) =>
  new Command(name)
    .summary(summary)
    .description(summary)
    .argument('<SHELL>', NAMES)
    .addHelpText('after', '\nExample:\n  source <(postern completion bash)')
    .action((shell, _options, command) => {
      const script = SHELLS.get(shell)
      if (script === undefined)
        throw new UsageError(`There is no script for that shell; there is one for ${NAMES}.`)
      io.print(script(spotsOf(rootOf(command))))
    })

const rootOf = (command: AnyCommand): AnyCommand =>
  command.parent === null ? command : rootOf(command.parent)
