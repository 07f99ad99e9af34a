/** `postern reread`: reads a source's quarantine and its stored events again, with today's code of the provider. */
import { type Reread, eventRoutes } from '../../api/events.ts'
import { quarantineRoutes } from '../../api/quarantine.ts'
import { type Cli, type MakeListed, because, changing } from '../command.ts'
import { timeOf } from '../options.ts'
import { progress } from '../out/progress.ts'
import { type Columns, table } from '../out/table.ts'
import { confirmed } from '../secret-input.ts'

type Api = Awaited<ReturnType<Cli['api']>>
type Change = Reread['changes'][number]

interface Asked {
  readonly source: string
  readonly since?: string | undefined
  readonly reason?: string | undefined
}

export const reread: MakeListed = (cli, ...named) =>
  changing(...named, 'postern reread shop --since 30d --plan')
    .argument('<SOURCE>', 'the source')
    .option('--since <TIME>', 'only events stored at this time or later: RFC 3339, or 30d', (text) =>
      timeOf(text, cli.io.nowMs()),
    )
    .option('--plan', 'only show what would change')
    .option('--yes', 'do not ask')
    .action(async (source, { since, plan, yes, ...options }) => {
      const api = await cli.api(options)
      const asked = { source, since, reason: options.reason }
      const found = await allPages(api, cli, asked, true)
      const waiting = (await quarantinePage(api, asked, true)).matching ?? 0
      const isNothing = found.changed === 0 && waiting === 0
      if (plan === true || isNothing)
        return cli.show(options, { ...found, quarantine: waiting }, () => words(found, waiting, cli))

      if (options.json !== true) cli.io.print(words(found, waiting, cli))
      if (yes !== true && !(await confirmed(cli.io, 'Read them again?'))) return cli.end('no')
      const done = await allPages(api, cli, asked, false)
      const quarantine = { events: 0, left: 0 }
      for (let cursor: string | undefined; ;) {
        const page = await quarantinePage(api, asked, false, cursor)
        quarantine.events += page.events
        quarantine.left += page.failed.length
        if (page.next_cursor === null) break
        cursor = page.next_cursor
      }
      cli.show(options, { ...done, quarantine }, () =>
        [
          `Queued: ${done.changed} stored events that are read otherwise today, and ${quarantine.events} events of the quarantine.`,
          `Still not understood: ${quarantine.left} items.`,
        ].join(' '),
      )
    })

const quarantinePage = (api: Api, { source, reason }: Asked, plan: boolean, cursor?: string) =>
  api.call(quarantineRoutes.replayQuarantine, {
    body: { all: true, source, cursor, plan },
    ...because({ reason }),
  })

type Found = Omit<Reread, 'next_cursor'>

async function allPages(api: Api, cli: Cli, { source, since, reason }: Asked, plan: boolean): Promise<Found> {
  const seen = progress(cli.io.terminal, plan ? 'Compared' : 'Read again')
  const sum = { events: 0, without: 0, unreadable: 0, changed: 0 }
  const changes = new Map<string, Change>()
  for (let cursor: string | undefined; ;) {
    const body = { source, since, cursor, plan }
    const page = await api.call(eventRoutes.rereadEvents, { body, ...because({ reason }) })
    for (const name of ['events', 'without', 'unreadable', 'changed'] as const) sum[name] += page[name]
    for (const { events, ...change } of page.changes) {
      const key = JSON.stringify(change)
      changes.set(key, { ...change, events: events + (changes.get(key)?.events ?? 0) })
    }
    seen.at(sum.events)
    if (page.next_cursor === null) break
    cursor = page.next_cursor
  }
  seen.done()
  return { ...sum, changes: [...changes.values()].toSorted((a, b) => b.events - a.events) }
}

const COLUMNS: Columns<Change> = [
  'events',
  'field',
  ['from', ({ from }) => from ?? 'none'],
  ['to', ({ to }) => to ?? 'none'],
]

const words = ({ events, without, unreadable, changed, changes }: Found, waiting: number, { paint }: Cli) =>
  [
    `Of ${events} stored events ${changed} are read otherwise today. ${without} have no original, and ${unreadable} have one that cannot be read.`,
    ...(changes.length === 0 ? [] : [table(COLUMNS, changes, paint)]),
    `In quarantine: ${waiting}.`,
  ].join('\n')
