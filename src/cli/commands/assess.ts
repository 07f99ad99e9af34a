/** `postern assess`: a penetration test of one's own deployment, safe to repeat. */
import { visibleText } from '../../platform/visible.ts'
import { type Assessment, assess } from '../assess/assess.ts'
import { INSIDE } from '../assess/inside.ts'
import { OUTSIDE } from '../assess/outside.ts'
import { SEVERITIES, type Severity, isAtLeast } from '../assess/probe.ts'
import { type MakeListed, type Paint, remote } from '../command.ts'
import { listOf, oneOf } from '../options.ts'
import { progress } from '../out/progress.ts'
import { type Columns, table } from '../out/table.ts'
import { checked } from '../sign/post.ts'
import { UsageError } from '../stop.ts'

const PROBES = [...INSIDE, ...OUTSIDE]
/** Below, a finding is good to know and fails no build. */
const FAIL_ON_DEFAULT: Severity | 'never' = 'medium'

export const assessment: MakeListed = (cli, ...named) =>
  remote(...named, 'postern assess https://hooks.example.com --url https://console.example.com')
    .argument('<GATEWAY>', 'the URL of the gateway, under which deliveries arrive')
    .option(
      '--fail-on <SEVERITY>',
      `exit 1 from this severity on: ${SEVERITIES.join(', ')}, or never`,
      oneOf(...SEVERITIES, 'never'),
      FAIL_ON_DEFAULT,
    )
    .option('--skip <PROBES>', 'leaves out these probes: session,headers', listOf)
    .action(async (named, options) => {
      const probes = withoutSkipped(options.skip ?? [])
      const shown = progress(cli.io.terminal, `of ${probes.length} probes done`)
      const gateway = new URL(checked(named).origin)
      const report = await assess(gateway, options.url, probes, cli.io, shown.at).finally(shown.done)
      cli.show(options, report, () => textOf(report, cli.paint))
      const least = options.failOn
      const isBad = report.findings.some(({ severity }) => least !== 'never' && isAtLeast(severity, least))
      if (isBad) cli.end('no')
    })

function withoutSkipped(skipped: readonly string[]) {
  const ids = PROBES.map(({ id }) => id)
  if (skipped.some((one) => !ids.includes(one)))
    throw new UsageError(`--skip takes some of these: ${ids.join(', ')}.`)
  return PROBES.filter(({ id }) => !skipped.includes(id))
}

/** A table of the probes, then what was found and what to do, the worst first. */
function textOf({ findings, probes, requests, seconds }: Assessment, paint: Paint): string {
  const columns: Columns<(typeof probes)[number]> = [
    'id',
    [
      'result',
      ({ id, outcome }) => findings.find(({ probe }) => probe === id)?.severity ?? outcome.replace('_', ' '),
    ],
    ['rule', ({ title, reason }) => reason ?? title],
  ]
  const done = probes.filter(({ outcome }) => outcome !== 'not_done').length
  return [
    table(columns, probes, paint),
    ...findings.flatMap(({ probe, severity, evidence, remedy }) => [
      `\n${paint(isAtLeast(severity, 'high') ? 'red' : 'yellow', severity)} ${probe}: ${visibleText(evidence, 500)}`,
      `  → ${visibleText(remedy, 500)}`,
    ]),
    `\n${done} of ${probes.length} probes done, with ${requests} requests in ${seconds} s. Findings: ${findings.length}.`,
  ].join('\n')
}
