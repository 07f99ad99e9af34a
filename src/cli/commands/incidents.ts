/** `postern incidents`: what the watch found, and what people do about it. */
import { writeFile } from 'node:fs/promises'
import { type Incident, type WholeIncident, incidentRoutes } from '../../api/incidents.ts'
import type { AnyRoute } from '../../api/route.ts'
import { kindName } from '../../watch/names.ts'
import { type Cli, type Paint, because, changing, noun, remote } from '../command.ts'
import { wholeNumber } from '../options.ts'
import { fields, table } from '../out/table.ts'
import { list, request } from '../request.ts'
import { UsageError } from '../stop.ts'
import { contain, containments, lift } from './containments.ts'

const countedWords = (counted: readonly { readonly name: string; readonly count: number }[] = []): string =>
  counted.map(({ name, count }) => `${name} (${count})`).join(', ')

const sourceOf = ({ source, sources }: Pick<Incident, 'source' | 'sources'>): string =>
  source ?? (sources.join(', ') || 'all')

const NUMBER = ['<NUMBER>', 'the number of the incident', wholeNumber(1, 999_999_999)] as const

const showWords = (one: WholeIncident, paint: Paint): string => {
  const { evidence } = one
  const example = one.findings.find((finding) => finding.example !== null)?.example
  return [
    fields(
      [
        ['incident', one.number],
        ['kind', kindName(one.kind)],
        ['what', one.headline],
        ['source', sourceOf(one)],
        ['state', one.state],
        ['severity', one.severity],
        ['risk', [`${one.risk.level}.`, ...one.risk.reasons].join(' ')],
        ['networks', countedWords(evidence?.networks) || one.networks.join(', ')],
        ['types', countedWords(evidence?.types)],
        ['campaigns', countedWords(evidence?.campaigns)],
        ['domains', countedWords(evidence?.domains)],
        ['since', one.since],
        ['resolved', one.resolved_at],
        ['assignee', one.assignee],
        ['to do', one.advice.join(' ')],
        ['example', example],
      ],
      paint,
    ),
    ...(evidence === null || evidence.samples.length === 0
      ? []
      : [table(['type', 'url'], evidence.samples, paint)]),
    table(['label', 'command'], one.actions, paint),
    table(['at', ['who', ({ who }) => who ?? 'postern'], 'text'], one.timeline, paint),
  ].join('\n\n')
}

const report = ({ api, io, show: print }: Cli) =>
  remote(
    'report',
    'The report of an incident, in Markdown: what happened, what was done, and what is left to do.',
    'postern incidents report 17 --out incident-17.md',
  )
    .argument(...NUMBER)
    .option('--out <FILE>', 'write it to this file')
    .action(async (number, options) => {
      const there = await api(options)
      const call = { params: { number } }
      if (options.json === true) {
        const one = await there.call(incidentRoutes.getIncidentReport, { ...call, query: { format: 'json' } })
        if (options.out === undefined) return print(options, one, () => '')
        return writeFile(options.out, `${JSON.stringify(one, null, 2)}\n`)
      }
      const text = await new Response(await there.stream(incidentRoutes.getIncidentReport, call)).text()
      return options.out === undefined ? io.print(text.trimEnd()) : writeFile(options.out, text)
    })

/** Does one thing, and prints how the incident stands then. */
async function act(
  { api, show: print }: Cli,
  options: Parameters<Cli['api']>[0] & Parameters<typeof because>[0] & Parameters<Cli['show']>[0],
  route: AnyRoute,
  number: number,
  body: object,
  words = ({ number: of, state, assignee }: Incident) =>
    `Incident ${of} is ${state}. Assignee: ${assignee ?? 'nobody'}.`,
): Promise<void> {
  const call = { params: { number }, body, ...because(options) }
  const one = (await (await api(options)).call<AnyRoute>(route, call)) as Incident
  print(options, one, () => words(one))
}

const ack = (cli: Cli) =>
  changing(
    'ack',
    'Says that somebody takes care of it, so that nobody is reminded.',
    'postern incidents ack 17',
  )
    .argument(...NUMBER)
    .option('--assignee <NAME>', 'who')
    .action((number, options) =>
      act(cli, options, incidentRoutes.acknowledgeIncident, number, { assignee: options.assignee ?? null }),
    )

const assign = (cli: Cli) =>
  changing('assign', 'Says who takes care of it.', 'postern incidents assign 17 ada')
    .argument(...NUMBER)
    .argument('[NAME]', 'who')
    .option('--nobody', 'nobody any more')
    .action((number, name, options) => {
      if ((name === undefined) !== (options.nobody === true))
        throw new UsageError('Say who takes care of it, or --nobody.')
      return act(cli, options, incidentRoutes.assignIncident, number, { assignee: name ?? null })
    })

const note = (cli: Cli) =>
  changing('note', 'Adds a note to the timeline.', 'postern incidents note 17 "The list of May was bought."')
    .argument(...NUMBER)
    .argument('<TEXT>', 'the note')
    .action((number, text, options) =>
      act(
        cli,
        options,
        incidentRoutes.noteIncident,
        number,
        { text },
        ({ timeline }) => `Noted: ${timeline.at(-1)?.text ?? ''}`,
      ),
    )

const resolve = (cli: Cli) =>
  changing('resolve', 'Ends it.', 'postern incidents resolve 17 --note "The campaign is over."')
    .argument(...NUMBER)
    .option('--note <TEXT>', 'why')
    .action((number, options) =>
      act(cli, options, incidentRoutes.resolveIncident, number, { note: options.note ?? null }),
    )

const review = (cli: Cli) =>
  changing(
    'review',
    'Records what caused a resolved incident, and what was learned.',
    'postern incidents review 17 --cause "A key leaked." --lessons "Rotate each quarter."',
  )
    .argument(...NUMBER)
    .requiredOption('--cause <TEXT>', 'what caused it')
    .requiredOption('--lessons <TEXT>', 'what was learned')
    .action((number, { cause, lessons, ...options }) =>
      act(cli, options, incidentRoutes.reviewIncident, number, { cause, lessons }),
    )

export const incidents = noun(
  list({
    summary: 'What the watch found, newest first.',
    example: 'postern incidents list --state open',
    route: incidentRoutes.listIncidents,
    query: {
      state: ['--state <STATE>', 'only in this state: open, acknowledged, contained, resolved, reviewed'],
      source: ['--source <NAME>', 'only of this source'],
      severity: ['--severity <SEVERITY>', 'of this severity and more: info, warning, error, critical'],
    },
    columns: ['number', 'opened_at', 'state', 'severity', ['source', sourceOf], 'headline'],
    limitMax: 1_000_000,
  }),
  request({
    name: 'show',
    summary: 'One incident: evidence, advice, and its timeline.',
    example: 'postern incidents show 17',
    route: incidentRoutes.getIncident,
    arguments: [NUMBER],
    words: showWords,
  }),
  report,
  ack,
  assign,
  note,
  resolve,
  review,
  contain,
  lift,
  containments,
)
