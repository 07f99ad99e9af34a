/** `postern drill failover`: takes the parts of a temporary deployment down, one after the other, under load. */
import { type Cli, remote } from '../command.ts'
import { FAILOVER_PARTS, type FailoverPart, checkoutFor } from '../checkout.ts'
import { oneOf, wholeNumber } from '../options.ts'
import { Stop } from '../stop.ts'
import { VERSION } from '../version.ts'
import { drillRoutes } from '../../api/drills.ts'
import { finish } from './restore.ts'

const PER_SECOND = 15
const SECONDS = 8

export const failover = (cli: Cli) =>
  remote(
    'failover',
    'Takes guards, registry, D1, queues and R2 of a temporary deployment down in turn, under load. Exit 1 if anything is lost.',
    'postern drill failover --seconds 20',
  )
    .option('--seconds <N>', 'how long each part is down', wholeNumber(4, 300), SECONDS)
    .option(
      '--part <NAME>',
      `only this part, may be given again: ${FAILOVER_PARTS.join(', ')}`,
      (text: string, before: readonly FailoverPart[] | undefined) => [
        ...(before ?? []),
        oneOf(...FAILOVER_PARTS)(text),
      ],
    )
    .option('--no-report', 'keep no report in the backups bucket')
    .action(async (options) => {
      const checkout = checkoutFor(cli.io, 'drill failover')
      // A report that cannot be kept shows before the drill.
      const api = options.report ? await cli.api(options) : undefined
      await api?.call(drillRoutes.listDrills)
      const { terminal, endedByPerson, nowMs } = cli.io
      terminal.note(
        `All Workers start on this machine, in memory. This takes ${minutes(options.part?.length ?? FAILOVER_PARTS.length, options.seconds)} minutes.`,
      )
      const ended = endedByPerson()
      try {
        const report = await checkout.drillFailover({
          version: VERSION,
          downSeconds: options.seconds,
          perSecond: PER_SECOND,
          ...(options.part !== undefined && { parts: options.part }),
          nowMs,
          onProgress: terminal.note,
          ended,
        })
        await finish(cli, api, report, options)
      } catch (cause) {
        if (!ended.aborted) throw cause
        throw new Stop('interrupted', 'interrupted', 'The drill was ended. Nothing of it is left.')
      }
    })

/** Besides the outage, each part needs some 15 s, and the archive up to a minute and a half at the end. */
const minutes = (parts: number, downSeconds: number): number =>
  Math.ceil((parts * (downSeconds + 15) + 90) / 60)
