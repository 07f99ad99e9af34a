/** `postern assess`: a penetration test of one's own deployment, safe to repeat. */
import * as v from 'valibot'
import {
  type Assessment,
  AssessmentSchema,
  SEVERITIES,
  assessmentRoutes,
  isAtLeast,
} from '../../api/assessments.ts'
import { compare } from '../../console/assessments/compare.ts'
import { assess } from '../assess/assess.ts'
import { FORMATS, FORMAT_NAMES } from '../assess/formats/index.ts'
import { INSIDE } from '../assess/inside/index.ts'
import { OUTSIDE } from '../assess/outside/index.ts'
import { type Io, type MakeListed, remote } from '../command.ts'
import { documentIn } from '../input-file.ts'
import { listOf, oneOf } from '../options.ts'
import { progress } from '../out/progress.ts'
import { checked } from '../sign/post.ts'
import type { Api } from '../connection/api.ts'
import { Stop, UsageError } from '../stop.ts'

const PROBES = [...OUTSIDE, ...INSIDE]
const FORMAT_DEFAULT: (typeof FORMAT_NAMES)[number] = 'text'
/** Below, a finding is good to know and fails no build. */
const FAIL_ON_DEFAULT: (typeof SEVERITIES)[number] | 'never' = 'medium'

export const assessment: MakeListed = (cli, ...named) =>
  remote(...named, 'postern assess https://hooks.example.com --url https://console.example.com')
    .argument('<GATEWAY>', 'the URL of the gateway, under which deliveries arrive')
    .option('--format <FORMAT>', FORMAT_NAMES.join(', '), oneOf(...FORMAT_NAMES), FORMAT_DEFAULT)
    .option(
      '--fail-on <SEVERITY>',
      `exit 1 from this severity on: ${SEVERITIES.join(', ')}, or never; with --compare, for new findings`,
      oneOf(...SEVERITIES, 'never'),
      FAIL_ON_DEFAULT,
    )
    .option('--compare <FILE>', 'an older report as JSON: says what is new and what is gone')
    .option('--no-report', 'keep no report in the backups bucket')
    .option('--skip <PROBES>', 'leaves out these probes: log-in-limit,dripping', listOf)
    .action(async (named, options) => {
      const { io } = cli
      const gateway = new URL(checked(named).origin)
      const probes = withoutSkipped(options.skip ?? [])
      const older = options.compare === undefined ? undefined : await readReport(options.compare, gateway, io)
      const shown = progress(io.terminal, `of ${probes.length} probes done`)
      const { report, api } = await assess({ gateway, console: options.url, probes }, io, (done) =>
        shown.at(done),
      ).finally(() => shown.done())
      const compared = older === undefined ? undefined : compare(older, report)
      const format = options.json === true ? 'json' : options.format
      io.print(FORMATS[format]({ report, compared }, cli.paint))
      if (options.report && api !== undefined) io.terminal.note(await keep(report, api))
      const least = options.failOn
      const judged = compared?.new ?? report.findings
      if (least !== 'never' && judged.some(({ severity }) => isAtLeast(severity, least))) cli.end('no')
      if (report.left_behind.length > 0) cli.end('failed')
    })

/** Says where it is. The findings are printed already, so a console that takes no report is no fault. */
async function keep(report: Assessment, api: Api): Promise<string> {
  try {
    const { id } = await api.call(assessmentRoutes.recordAssessment, { body: report })
    return `Kept: ${new URL(`/assessments/${id}`, api.url).href}`
  } catch (cause) {
    if (!(cause instanceof Stop)) throw cause
    return `The console keeps no report of it: ${cause.message}`
  }
}

function withoutSkipped(skipped: readonly string[]) {
  const ids = PROBES.map(({ id }) => id)
  if (skipped.some((one) => !ids.includes(one)))
    throw new UsageError(`--skip takes some of these: ${ids.join(', ')}.`)
  return PROBES.filter(({ id }) => !skipped.includes(id))
}

async function readReport(file: string, gateway: URL, io: Io): Promise<Assessment> {
  const parsed = v.safeParse(AssessmentSchema, await documentIn(file, io))
  if (!parsed.success)
    throw new UsageError('The file to compare with is no report of postern assess as JSON.')
  if (parsed.output.gateway !== gateway.origin)
    throw new UsageError('The file to compare with is the report of another gateway.')
  return parsed.output
}
