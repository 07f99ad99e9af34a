/** `postern export`, `postern diff` and `postern apply`: the configuration as a file under version control. */
import { configurationRoutes } from '../../api/configuration.ts'
import {
  type Documents,
  FileRefused,
  readConfigurationFile,
  writeConfigurationFile,
} from '../../api/configuration-file.ts'
import { type Configured, resolved } from '../../console/configuration-secrets.ts'
import { type Planned, changesIn, removals, shortensRetention } from '../../console/messages/configuration.ts'
import { type Cli, type MakeListed, because, changing, remote } from '../command.ts'
import { planLines, planned } from '../configuration-plan.ts'
import { bytesOf } from '../input-file.ts'
import { unreachedLines } from '../out/unreached-guards.ts'
import { confirmed } from '../secret-input.ts'
import { Stop } from '../stop.ts'

export const exportConfiguration: MakeListed = ({ api, io }, ...named) =>
  remote(...named, 'postern export > postern.json')
    .option('--env', 'name variables of the environment for the secrets, to set up another deployment')
    .action(async (options) => {
      const {
        sources,
        destinations = {},
        channels = {},
        retention,
        policy,
      } = await (await api(options)).call(configurationRoutes.getConfiguration)
      const shown = options.env === true ? withVariables : (documents: Documents) => documents
      io.print(
        Buffer.from(
          writeConfigurationFile(shown(sources), shown(destinations), shown(channels), { retention, policy }),
        ),
      )
    })

export const diff: MakeListed = (cli, ...named) =>
  remote(...named, 'postern diff postern.json')
    .argument('<FILE|->', 'the file; - is standard input')
    .option('--prune', 'what is not in the file counts as a difference')
    .action(async (file, options) => {
      const wanted = await fileOf(file, cli)
      const plan = await planned(await cli.api(options), {
        ...wanted,
        prune: options.prune === true,
        applyAt: null,
      })
      cli.show(options, plan, () => planLines(plan, cli.paint).join('\n'))
      if (changesIn(plan).length > 0) cli.end('no')
    })

export const apply: MakeListed = (cli, ...named) =>
  changing(...named, 'postern apply postern.json --dry-run')
    .argument('<FILE|->', 'the file; - is standard input')
    .option('--dry-run', 'only show what would change')
    .option('--prune', 'remove what is not in the file')
    .option('--yes', 'do not ask')
    .action(async (file, options) => {
      const wanted = await fileOf(file, cli)
      const api = await cli.api(options)
      const prune = options.prune === true
      const plan = await planned(api, { ...wanted, prune, applyAt: null })
      const isDone = options.dryRun === true || changesIn(plan).length === 0
      if (isDone) return report(cli, options, plan, false)

      if (options.json !== true) cli.io.print(planLines(plan, cli.paint).join('\n'))
      const gone = removals(plan)
      if (options.yes !== true) {
        const question = `Apply this${gone.length > 0 ? `, and remove ${gone.length} of them` : ''}${shortensRetention(plan) ? ', and keep less than before' : ''}?`
        if (!(await confirmed(cli.io, question))) return cli.end('no')
      }
      // Under the version that was shown: what has changed since is planned anew by a person.
      const wish = { ...wanted, prune, applyAt: plan.version }
      const done = await planned(api, wish, because(options).headers).catch((cause: unknown) => {
        throw cause instanceof Stop && cause.code === 'not_reached' ? unknownEnd(cause) : cause
      })
      report(cli, options, done, true)
    })

/** The answer was lost, and with it whether all of it was done or nothing. */
const unknownEnd = ({ exit, code, message }: Stop): Stop =>
  new Stop(exit, code, `${message} It was applied whole or not at all: postern diff says which.`)

function report(
  { show, paint }: Cli,
  options: { readonly json?: true | undefined },
  plan: Planned,
  applied: boolean,
): void {
  show(options, { applied, ...plan }, () =>
    (applied ? ['Applied.', ...unreachedLines(plan)] : planLines(plan, paint)).join('\n'),
  )
}

async function fileOf(named: string, { io }: Cli): Promise<Configured> {
  const bytes = await bytesOf(named, io)
  try {
    return resolved(readConfigurationFile(bytes), io.environment)
  } catch (cause) {
    if (!(cause instanceof FileRefused)) throw cause
    const code = cause.more.length === 0 ? 'usage_error' : 'references_wrong'
    throw new Stop('usage', code, cause.message, cause.more)
  }
}

/** `{"env": "SHOP_HMAC"}` for the slot `hmac` of the source `shop`; the same for a header of a destination. */
function withVariables(documents: Documents): Documents {
  const variable = (owner: string, name: string) =>
    `${owner}_${name}`.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')
  const variables = (owner: string, given: unknown) =>
    Object.fromEntries(Object.keys(given ?? {}).map((name) => [name, { env: variable(owner, name) }]))
  return Object.fromEntries(
    Object.entries(documents).map(([name, document]) => {
      const headers = Object.hasOwn(document, 'headers')
        ? { headers: variables(name, document['headers']) }
        : {}
      return [name, { ...document, ...headers, secrets: variables(name, document['secrets']) }]
    }),
  )
}
