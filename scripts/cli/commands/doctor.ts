/** `postern doctor`: examines a deployment from outside, and says what to do. */
import { visibleText } from '../../../src/platform/visible.ts'
import { wrangler } from '../../deploy/wrangler.ts'
import { type Cli, type MakeCommand, remote } from '../command.ts'
import type { Api } from '../connection/api.ts'
import { backupFindings } from '../doctor/backups.ts'
import { consoleHealth, healthFindings } from '../doctor/console.ts'
import { type Finding, unseen } from '../doctor/finding.ts'
import { gatewayFindings } from '../doctor/gateway.ts'
import { type Activity, type ExaminedSource, LOOKED_BACK_DAYS, sourceFindings } from '../doctor/sources.ts'
import { type ExaminedToken, tokenFindings } from '../doctor/tokens.ts'
import { accountFindings } from '../doctor/wrangler.ts'
import { Stop } from '../stop.ts'

export const doctor: MakeCommand = (cli) =>
  remote(
    'doctor',
    'Examines a deployment from outside and says what to do: 0 when nothing is wrong, 1 when something is.',
    'postern doctor --url https://postern-console.example.workers.dev',
  )
    .option('--gateway <URL>', 'where the gateway answers; default: what the console says')
    .option('--account', 'also what only the account knows, through Wrangler: queues and secrets')
    .option('--all', 'also what is well')
    .action(async (options) => {
      const findings = [
        ...(await examine(await cli.api(options), options.gateway, cli)),
        ...(options.account === true ? await accountFindings(wrangler) : []),
      ]
      const isWrong = findings.some(({ level }) => level === 'wrong')
      cli.show(options, { well: !isWrong, findings }, () => told(findings, options.all === true, cli))
      if (isWrong) cli.end('no')
    })

async function examine(api: Api, gateway: string | undefined, { io }: Cli): Promise<Finding[]> {
  const health = await consoleHealth(api)
  // Without the console nothing else can be asked, but the gateway.
  if ('level' in health)
    return [health, ...(gateway === undefined ? [] : await gatewayFindings(gateway, io.nowMs))]
  const nowMs = io.nowMs()
  const since = new Date(nowMs - LOOKED_BACK_DAYS * 86_400_000).toISOString()
  return [
    ...healthFindings(health, nowMs),
    ...(await gatewayFindings(gateway ?? health.gateway_url, io.nowMs)),
    ...(await seen('sources', async () =>
      sourceFindings(
        await api.list<ExaminedSource>('/api/sources', 'sources', {}, null),
        await api.get<Activity>('/api/counters', { since }),
      ),
    )),
    ...(await seen('tokens', async () =>
      tokenFindings((await api.get<{ tokens: readonly ExaminedToken[] }>('/api/tokens')).tokens, nowMs),
    )),
    ...(await seen('backups', async () =>
      backupFindings(
        (await api.get<{ backups: readonly { made_at: string }[] }>('/api/backups')).backups,
        nowMs,
      ),
    )),
  ]
}

/** What this token may not see is said, and hides nothing else. */
async function seen(part: string, look: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await look()
  } catch (cause) {
    if (cause instanceof Stop) return [unseen(part, cause)]
    throw cause
  }
}

const COLOURS = { ok: 'green', note: 'yellow', wrong: 'red' } as const

function told(findings: readonly Finding[], all: boolean, { paint }: Cli): string {
  const shown = findings.filter(({ level }) => all || level !== 'ok')
  const count = (wanted: Finding['level']) => findings.filter(({ level }) => level === wanted).length
  const sum = `Well: ${count('ok')}. Worth knowing: ${count('note')}. Wrong: ${count('wrong')}.`
  const colour = COLOURS[count('wrong') > 0 ? 'wrong' : count('note') > 0 ? 'note' : 'ok']
  const lines = shown.flatMap(({ level, part, says, todo }) => [
    `${paint(COLOURS[level], level.padEnd(LEVEL_WIDTH))}  ${visibleText(`${part}: ${says}`)}`,
    ...(todo === undefined ? [] : [`${' '.repeat(LEVEL_WIDTH)}  → ${visibleText(todo)}`]),
  ])
  return [...lines, paint(colour, sum)].join('\n')
}

const LEVEL_WIDTH = 'wrong'.length
