/** `postern providers`: the ESPs that a source can name, and what to click there. */
import { type ProviderAnswer, providerRoutes } from '../../api/providers.ts'
import { setupSteps } from '../../providers/setup/index.ts'
import { type MakeListed, type Paint, remote } from '../command.ts'
import { keyLines } from '../out/api-key.ts'
import { fields, table } from '../out/table.ts'
import { Stop } from '../stop.ts'

export const providers: MakeListed = ({ api, show, paint }, ...named) =>
  remote(...named, 'postern providers sendgrid')
    .argument('[NAME]', 'only this one, with the steps of its set-up')
    .action(async (name, options) => {
      const { providers: all } = await (await api(options)).call(providerRoutes.listProviders)
      if (name === undefined) return show(options, { providers: all }, () => table(COLUMNS, all, paint))
      const one = all.find((provider) => provider.name === name)
      if (one === undefined)
        throw new Stop(
          'no',
          'provider_unknown',
          'There is no provider of this name: postern providers lists all.',
        )
      show(options, one, () => wordsOf(one, paint))
    })

const COLUMNS = [
  'name',
  'title',
  ['secrets', ({ slots }: ProviderAnswer) => slots.map(({ slot }) => slot).join(', ')],
] as const

function wordsOf({ title, slots, api_key: key, setup }: ProviderAnswer, paint: Paint): string {
  const rows = [
    ['ESP', title],
    ...slots.map(({ slot, kind, made_here: here, verifies }) => [
      `secret ${slot}`,
      `${kind}${here ? '; Postern can make it' : ''}${verifies ? '' : '; it verifies no delivery by itself'}`,
    ]),
    ...keyLines(key).map((line, i) => [i === 0 ? 'API key' : '', line]),
    ...(setup === null
      ? []
      : [
          ['where', setup.where],
          ['page', setup.page],
          ['documentation', setup.documentation],
        ]),
  ] as [string, string | undefined][]
  const steps = setup === null ? [] : setupSteps(setup, 'the webhook URL')
  return [fields(rows, paint), ...steps.map((step, i) => `${i + 1}. ${step.replaceAll('**', '')}`)].join('\n')
}
