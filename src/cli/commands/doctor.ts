/** `postern doctor`: examines a deployment from outside, and prints what to do. */
import { tokenRoutes } from '../../api/tokens.ts'
import { visibleText } from '../../platform/visible.ts'
import { checkoutFor } from '../checkout.ts'
import { type Cli, type MakeListed, remote } from '../command.ts'
import type { Api } from '../connection/api.ts'
import { PRODUCTION, environmentOf, nameIn } from '../connection/environment.ts'
import { findConnection, isLocal } from '../connection/find.ts'
import { hooksFindings } from '../doctor/front.ts'
import { consoleHealth, healthFindings } from '../doctor/console.ts'
import { type Finding, unseen } from '../doctor/finding.ts'
import { gatewayFindings } from '../doctor/gateway.ts'
import { rereadFindings } from '../doctor/rereads.ts'
import { tokenFindings } from '../doctor/tokens.ts'
import { Stop } from '../stop.ts'

export const doctor: MakeListed = (cli, ...named) =>
  remote(...named, 'postern doctor --url https://postern-console.example.workers.dev')
    .option('--gateway <URL>', 'the URL of the gateway; default: as the console knows it')
    .option('--account', `also check what the account says: ${IN_THE_ACCOUNT}`)
    .option('--all', 'also print what is well')
    .action(async (options) => {
      const checkout = options.account === true ? checkoutFor(cli.io, 'doctor --account') : undefined
      const api = await cli.api(options)
      const { url } = await findConnection(options.url, cli.io)
      const environment = await environmentOf(url, isLocal(url) ? undefined : api)
      const findings = [
        ...(await examine(api, options.gateway, cli)),
        ...((await checkout?.accountFindings(cli.io.environment, environment)) ?? [
          isLocal(url)
            ? unseen('account', 'npm start has none.')
            : unseen('account', `${IN_THE_ACCOUNT}.`, 'postern doctor --account'),
        ]),
      ].map((finding) => inEnvironment(finding, environment))
      const isWrong = findings.some(({ level }) => level === 'wrong')
      cli.show(options, { well: !isWrong, findings }, () => report(findings, options.all === true, cli))
      if (isWrong) cli.end('no')
    })

const IN_THE_ACCOUNT = 'queues, their consumers, secrets, versions, what is in front of the gateway'

/** The finding with the names of the environment in what is to be done. */
const inEnvironment = (finding: Finding, environment: string): Finding =>
  finding.todo === undefined || environment === PRODUCTION
    ? finding
    : {
        ...finding,
        todo: finding.todo
          .replaceAll(/\bpostern-(?:gateway|consumer|console)\b/g, (own) => nameIn(environment, own))
          .replaceAll('npm run deploy', `npm run deploy -- --env ${environment}`),
      }

async function examine(api: Api, gateway: string | undefined, { io }: Cli): Promise<Finding[]> {
  const health = await consoleHealth(api)
  if ('level' in health)
    return [
      health,
      unseen('installation', 'the console has the list of what is wrong.'),
      ...(gateway === undefined
        ? [unseen('gateway', 'the console has its address.', 'Name it with --gateway URL.')]
        : await gatewayFindings(gateway, io.nowMs)),
    ]
  const nowMs = io.nowMs()
  return [
    ...healthFindings(health, nowMs),
    ...(await gatewayFindings(gateway ?? health.gateway_url, io.nowMs)),
    ...(await hooksFindings(gateway ?? health.gateway_url)),
    ...(await rereadFindings(api, nowMs)),
    ...(await api.list(tokenRoutes.listTokens, {}, null).then(
      (tokens) => tokenFindings(tokens, nowMs),
      (cause: unknown) => {
        if (cause instanceof Stop) return [unseen('tokens', cause.message)]
        throw cause
      },
    )),
  ]
}

const COLORS = { ok: 'green', note: 'yellow', wrong: 'red', unseen: 'dim' } as const

function report(findings: readonly Finding[], all: boolean, { paint }: Cli): string {
  const shown = findings.filter(({ level }) => all || level !== 'ok')
  const count = (wanted: Finding['level']) => findings.filter(({ level }) => level === wanted).length
  const sum = `Well: ${count('ok')}. Worth knowing: ${count('note')}. Wrong: ${count('wrong')}. Not looked at: ${count('unseen')}.`
  const color = COLORS[count('wrong') > 0 ? 'wrong' : count('note') > 0 ? 'note' : 'ok']
  const lines = shown.flatMap(({ level, part, says, todo }) => [
    `${paint(COLORS[level], level.padEnd(LEVEL_WIDTH))}  ${visibleText(`${part}: ${says}`)}`,
    ...(todo === undefined ? [] : [`${' '.repeat(LEVEL_WIDTH)}  → ${visibleText(todo)}`]),
  ])
  return [...lines, paint(color, sum)].join('\n')
}

const LEVEL_WIDTH = 'unseen'.length
