/** `postern assess`: a penetration test of one's own deployment, safe to repeat. */
import { type Cli, type MakeCommand, remote } from '../command.ts'
import { assess } from '../assess/assess.ts'
import { FORMATS } from '../assess/formats/index.ts'
import { INSIDE } from '../assess/inside/index.ts'
import { OUTSIDE } from '../assess/outside/index.ts'
import { SEVERITIES, isAtLeast } from '../assess/severity.ts'
import { oneOf } from '../options.ts'
import { progress } from '../out/progress.ts'
import { checked } from '../sign/post.ts'

const PROBES = [...OUTSIDE, ...INSIDE]

export const assessment: MakeCommand = (cli: Cli) =>
  remote(
    'assess',
    'Tests the security of a deployment of yours: ten minutes and ten requests a second at most; removes what it made.',
    'postern assess https://hooks.example.com --url https://console.example.com',
  )
    .argument('<GATEWAY>', 'the URL of the gateway, under which webhooks arrive')
    .option('--format <FORMAT>', Object.keys(FORMATS).join(', '), oneOf('text', 'json'), 'text' as const)
    .option(
      '--fail-on <SEVERITY>',
      `exit 1 from this severity on: ${SEVERITIES.join(', ')}, or never`,
      oneOf(...SEVERITIES, 'never'),
      'medium' as const,
    )
    .action(async (gateway, options) => {
      const { io } = cli
      const shown = progress(io.terminal, `of ${PROBES.length} probes done`)
      const report = await assess(
        { gateway: new URL(checked(gateway).origin), console: options.url, probes: PROBES },
        io,
        (done) => shown.at(done),
      ).finally(() => shown.done())
      cli.show(options, report, () => FORMATS[options.format](report, cli.paint))
      const least = options.failOn
      if (least !== 'never' && report.findings.some(({ severity }) => isAtLeast(severity, least)))
        cli.end('no')
      if (report.left_behind.length > 0) cli.end('failed')
    })
