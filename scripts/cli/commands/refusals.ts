/** `postern refusals`: which deliveries were refused lately, and why. */
import { type MakeCommand, noun, remote } from '../command.ts'
import { wholeNumber } from '../options.ts'
import { table } from '../out/table.ts'

interface Refusal {
  readonly at: string
  readonly source: string | null
  readonly code: string
  readonly explanation: string
  readonly network: string | null
  readonly request_id: string
}

const LIMIT_MAX = 500

export const refusals: MakeCommand = ({ api, show, paint }) =>
  noun(
    'refusals',
    'Which deliveries were refused lately, and why.',
    remote('list', 'The latest refusals, newest first: a sample.', 'postern refusals list --source shop')
      .option('--source <NAME>', 'only of this source')
      .option('--code <CODE>', 'only with this code: signature_mismatch')
      .option('--limit <N>', 'how many at most', wholeNumber(1, LIMIT_MAX), 50)
      .action(async (options) => {
        const { source, code, limit } = options
        const query = { source, code, limit }
        const answer = await (
          await api(options)
        ).get<{ refusals: readonly Refusal[] }>('/api/refusals', query)
        show(options, answer, () =>
          table(
            ['AT', 'SOURCE', 'CODE', 'FROM', 'WHY'],
            answer.refusals.map((one) => [one.at, one.source, one.code, one.network, one.explanation]),
            paint,
          ),
        )
      }),
  )
