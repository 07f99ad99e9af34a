/** `postern refusals`: which deliveries were refused lately, and why. */
import { decisionWords } from '../../console/messages/describe-decision.ts'
import { type Refusal, refusalRoutes } from '../../api/refusals.ts'
import { type Paint, noun } from '../command.ts'
import { fields } from '../out/table.ts'
import { PAGED, list, request } from '../request.ts'

const words = (one: Refusal, paint: Paint): string =>
  [
    one.explanation,
    // A console of an older version returns no steps.
    ...(one.steps ?? []).map((step) => `- ${step}`),
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
  ].join('\n')

export const refusals = noun(
  list({
    summary: 'The latest refusals, newest first: a sample.',
    example: 'postern refusals list --source shop',
    route: refusalRoutes.listRefusals,
    query: {
      source: ['--source <NAME>', 'only of this source'],
      code: ['--code <CODE>', 'only with this code: signature_mismatch'],
      network: ['--network <NETWORK>', 'only from this network: 198.51.100.0/24'],
    },
    columns: ['at', 'source', 'code', 'network', 'request_id', 'explanation'],
    ...PAGED,
  }),
  request({
    name: 'show',
    summary: 'Why one delivery was refused.',
    example: 'postern refusals show req_0123456789abcdef01234567',
    route: refusalRoutes.getRefusal,
    arguments: [['<ID>', 'the request_id in the answer that the ESP got']],
    words,
  }),
)
