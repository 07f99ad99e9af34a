/** `postern channels`: where people hear of incidents. */
import { type ChannelAnswer, NAME, channelPath, settingsOf, stateOf } from '../channels/answer.ts'
import { put } from '../channels/put.ts'
import { type Cli, type MakeCommand, because, changing, noun, remote } from '../command.ts'
import { fields, table } from '../out/table.ts'
import { confirmed } from '../secret-input.ts'

const list = ({ api, show: print, paint }: Cli) =>
  remote('list', 'All channels, by name, and how each stands.', 'postern channels list').action(
    async (options) => {
      const answer = await (await api(options)).get<{ channels: readonly ChannelAnswer[] }>('/api/channels')
      print(options, answer, () =>
        table(
          ['NAME', 'KIND', 'STATE', 'FROM SEVERITY', 'SOURCES', 'LAST SUCCESS', 'LAST ERROR'],
          answer.channels.map((one) => [
            one.name,
            one.kind,
            stateOf(one),
            one.minimum_severity,
            one.sources?.join(', ') ?? 'all',
            one.status?.last_success_at ?? null,
            one.status?.last_error?.error ?? null,
          ]),
          paint,
        ),
      )
    },
  )

const show = ({ api, show: print, paint }: Cli) =>
  remote('show', 'One channel: its settings, and how it stands; never a secret.', 'postern channels show ops')
    .argument(...NAME)
    .action(async (name, options) => {
      const channel = await (await api(options)).get<ChannelAnswer>(channelPath(name))
      print(options, channel, () => fields(settingsOf(channel), paint))
    })

const remove = ({ api, io, show: print, end }: Cli) =>
  changing(
    'remove',
    'Removes a channel. It is told nothing more, not even that an incident is over.',
    'postern channels remove ops --reason "moved to another chat"',
  )
    .argument(...NAME)
    .option('--yes', 'do not ask')
    .action(async (name, options) => {
      if (options.yes !== true && !(await confirmed(io, `Remove the channel ${name}?`))) return end('no')
      await (await api(options)).remove(channelPath(name), because(options))
      print(options, { removed: name }, () => `${name} is removed.`)
    })

const switchTo = ({ api, show: print }: Cli, to: 'pause' | 'resume', summary: string) =>
  changing(to, summary, `postern channels ${to} ops`)
    .argument(...NAME)
    .action(async (name, options) => {
      const path = `${channelPath(name)}/${to}`
      const channel = await (await api(options)).post<ChannelAnswer>(path, undefined, because(options))
      print(options, channel, () => `${name} is ${stateOf(channel)}.`)
    })

interface Tested {
  readonly delivered: boolean
  readonly error: string | null
  readonly status: number | null
}

const test = ({ api, show: print, end }: Cli) =>
  changing(
    'test',
    'Sends two notices now, marked as a test: one that fires, and one that it is over. 1 if one does not arrive.',
    'postern channels test ops',
  )
    .argument(...NAME)
    .action(async (name, options) => {
      const tested = await (
        await api(options)
      ).post<Tested>(`${channelPath(name)}/test`, undefined, {
        ...because(options),
        // A channel may take its time, and two more notices would only confuse.
        deadlineMs: 60_000,
        once: true,
      })
      print(options, tested, () =>
        tested.delivered ? `${name} took both notices.` : `${name} did not take them. ${tested.error ?? ''}`,
      )
      if (!tested.delivered) end('no')
    })

export const channels: MakeCommand = (cli) =>
  noun(
    'channels',
    'Where people hear of incidents: chats, pagers, mail, webhooks.',
    list(cli),
    show(cli),
    put(cli),
    switchTo(cli, 'pause', 'Sends nothing to a channel until it is resumed.'),
    switchTo(cli, 'resume', 'Sends to a channel again: first what is still open.'),
    remove(cli),
    test(cli),
  )
