/** `postern refusals`: which deliveries were refused lately, and why. */
import type { Decision } from '../../event/decision.ts'
import { decisionWords } from '../../console/messages/describe-decision.ts'
import { type Cli, type MakeCommand, noun, remote } from '../command.ts'
import { wholeNumber } from '../options.ts'
import { fields, table } from '../out/table.ts'

interface Refusal {
  readonly at: string
  readonly source: string | null
  readonly provider: string | null
  readonly code: string
  readonly status: number
  readonly explanation: string
  readonly detail: Readonly<Record<string, unknown>>
  readonly decision: Decision
  readonly network: string | null
  readonly request_id: string
}

const LIMIT_MAX = 500

export const refusals: MakeCommand = (cli) =>
  noun('refusals', 'Which deliveries were refused lately, and why.', list(cli), showOne(cli))

const list = ({ api, show, paint }: Cli) =>
  remote('list', 'The latest refusals, newest first: a sample.', 'postern refusals list --source shop')
    .option('--source <NAME>', 'only of this source')
    .option('--code <CODE>', 'only with this code: signature_mismatch')
    .option('--limit <N>', 'how many at most', wholeNumber(1, LIMIT_MAX), 50)
    .action(async (options) => {
      const { source, code, limit } = options
      const query = { source, code, limit }
      const answer = await (await api(options)).get<{ refusals: readonly Refusal[] }>('/api/refusals', query)
      show(options, answer, () =>
        table(
          ['AT', 'SOURCE', 'CODE', 'FROM', 'REQUEST', 'WHY'],
          answer.refusals.map((one) => [
            one.at,
            one.source,
            one.code,
            one.network,
            one.request_id,
            one.explanation,
          ]),
          paint,
        ),
      )
    })

const showOne = ({ api, show, paint }: Cli) =>
  remote('show', 'Why one delivery was refused.', 'postern refusals show req_0123456789abcdef01234567')
    .argument('<ID>', 'the request_id in the answer that the ESP got')
    .action(async (id, options) => {
      const one = await (await api(options)).get<Refusal>(`/api/refusals/${encodeURIComponent(id)}`)
      show(options, one, () =>
        [
          one.explanation,
          '',
          fields(
            [
              ['request', one.request_id],
              ['at', one.at],
              ['source', one.source],
              ['provider', one.provider],
              ['code', `${one.code}, answered with ${one.status}`],
              ...Object.entries(one.detail).map(([name, value]): [string, string] => [name, String(value)]),
              ['checks', decisionWords(one.decision)],
              ['network', one.network],
            ],
            paint,
          ),
        ].join('\n'),
      )
    })
