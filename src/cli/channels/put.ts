/** `postern channels put`: creates or replaces a channel, by options or by a file. */
import { channelRoutes } from '../../api/channels.ts'
import { CHANNEL_KINDS } from '../../channels/index.ts'
import { SEVERITIES } from '../../watch/severity.ts'
import { type Cli, because, verb } from '../command.ts'
import { documentFrom } from '../input-file.ts'
import { durationSeconds, listOf, oneOf } from '../options.ts'
import { NAME, stateLines } from './answer.ts'
import { documentOf } from './options-document.ts'

/** As `changing`, but `--url` is the channel's here. */
export const put = ({ api, io, show }: Cli) =>
  verb(
    'put',
    'Creates or replaces a channel: what is not named gets its default; secrets that are not named stay.',
    'postern channels put ops --kind slack --slot webhook_url --minimum-severity error',
  )
    .argument(...NAME)
    .option('--kind <KIND>', `what it is: ${CHANNEL_KINDS.join(', ')}`)
    .option(
      '--slot <SLOT[=FILE]>',
      'a secret, any number of times: from the file, else typed unseen, or read from standard input',
      (text: string, before: readonly string[] | undefined) => [...(before ?? []), text],
    )
    .option(
      '--minimum-severity <SEVERITY>',
      `only from it on: ${SEVERITIES.join(', ')}`,
      oneOf(...SEVERITIES),
    )
    .option('--sources <LIST>', 'only incidents of these sources: shop,news', listOf)
    .option('--grouping <TIME>', 'how long a new incident waits for others: 30s', durationSeconds)
    .option(
      '--reminder <TIME>',
      'when what nobody has acknowledged is sent again: 4h; 0s for never',
      durationSeconds,
    )
    .option('--quiet <HOURS>', 'quiet hours: 22:00-07:00')
    .option('--time-zone <ZONE>', 'of the quiet hours: Europe/Berlin')
    .option('--quiet-except <SEVERITY>', 'what is sent in them all the same', oneOf(...SEVERITIES))
    .option('--from <ADDRESS>', 'mail: the sender')
    .option('--to <LIST>', 'mail: the recipients', listOf)
    .option('--url <URL>', 'alertmanager, webhook: where notices are posted to')
    .option('--region <REGION>', 'pagerduty, opsgenie: us or eu')
    .option('--thread-id <ID>', 'discord: the thread')
    .option('--file <FILE|->', 'instead: its document as JSON, as for PUT /api/channels')
    .option('--if-version <N>', 'only if it is still at this version; 0: only if there is none')
    .option('--console <URL>', 'where the console answers; default as --url of other commands')
    .option('--reason <WHY>', 'why, for the audit log')
    .action(async (name, options) => {
      const { json: _json, console: at, reason, ifVersion, file, ...settings } = options
      const body = await documentFrom(file, settings, documentOf, io)
      const call = { params: { name }, body, ...because({ reason, ifVersion }) }
      const channel = await (await api({ url: at })).call(channelRoutes.putChannel, call)
      show(options, channel, () =>
        [
          `${name} is at version ${channel.version}: ${channel.kind}. Try it: postern channels test ${name}`,
          ...stateLines(channel),
        ].join('\n'),
      )
    })
