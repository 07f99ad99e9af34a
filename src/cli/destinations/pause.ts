/** `postern destinations pause` and `resume`. */
import { type Cli, because, changing } from '../command.ts'
import { type DestinationAnswer, stateLines } from './answer.ts'
import { NAME, destinationPath } from './path.ts'

export const pause = (cli: Cli) =>
  switchTo(cli, 'pause', 'Sends nothing until it is resumed. Events wait, and none is lost.')

export const resume = (cli: Cli) =>
  switchTo(cli, 'resume', 'Sends again, from where it was: after a pause, or after it was disabled.')

const switchTo = ({ api, show }: Cli, name: 'pause' | 'resume', summary: string) =>
  changing(name, summary, `postern destinations ${name} app`)
    .argument(...NAME)
    .action(async (destination, options) => {
      const path = `${destinationPath(destination)}/${name}`
      const answer = await (await api(options)).post<DestinationAnswer>(path, undefined, because(options))
      show(options, answer, () => stateLines(answer).join('\n'))
    })
