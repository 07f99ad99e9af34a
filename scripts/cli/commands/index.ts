/** The only list of commands, in the order of the help. */
import type { MakeCommand } from '../command.ts'
import { sign } from './sign.ts'
import { verify } from './verify.ts'

export const COMMANDS: readonly MakeCommand[] = [verify, sign]
