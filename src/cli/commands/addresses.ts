/** `postern addresses`: whether addresses take mail. */
import { Readable } from 'node:stream'
import { SERVICE_NAMES } from '../../addresses/services/index.ts'
import { REGIONS } from '../../addresses/services/service.ts'
import {
  ADDRESSES_MAX,
  type AddressJob,
  type Answer,
  JOB_ADDRESSES_MAX,
  addressRoutes,
} from '../../api/addresses.ts'
import { answerWords, jobWords, serviceWords } from '../../console/messages/addresses.ts'
import { type Io, type MakeCommand, because, changing, noun } from '../command.ts'
import { readRows } from '../csv/read.ts'
import { bytesOf } from '../input-file.ts'
import { oneOf, wholeNumber } from '../options.ts'
import { type Columns, table } from '../out/table.ts'
import { PAGED, list, request } from '../request.ts'
import { secretInput } from '../secret-input.ts'
import { UsageError } from '../stop.ts'

const COLUMNS: Columns<Answer> = ['address', 'verdict', ['why', answerWords], 'by', 'checked_at']

const check: MakeCommand = (cli) =>
  changing(
    'check',
    'Whether addresses take mail: 1 if one does not. With --file a list, which is checked in the background.',
    'postern addresses check ada@example.com',
  )
    .argument('[ADDRESS...]', `up to ${ADDRESSES_MAX} addresses`)
    .option('--file <FILE|->', `a CSV of up to ${JOB_ADDRESSES_MAX} addresses; - is standard input`)
    .action(async (addresses, options) => {
      if ((addresses.length === 0) === (options.file === undefined))
        throw new UsageError('Name addresses, or a file with --file.')
      const api = await cli.api(options)
      if (options.file !== undefined) {
        const body = { addresses: await addressesIn(options.file, cli.io) }
        const job = await api.call(addressRoutes.createAddressJob, { body, ...because(options) })
        return cli.show(options, job, () => jobWords(job))
      }
      const found = await api.call(addressRoutes.checkAddresses, { body: { addresses } })
      cli.show(options, found, () => table(COLUMNS, found.results, cli.paint))
      if (found.results.some(({ verdict }) => verdict === 'undeliverable')) cli.end('no')
    })

async function addressesIn(file: string, io: Io): Promise<string[]> {
  const addresses: string[] = []
  const bytes = await bytesOf(file, io)
  for await (const { address } of readRows(Readable.from([bytes]))) {
    if (address === '') continue
    if (addresses.push(address) > JOB_ADDRESSES_MAX)
      throw new UsageError(`The file has more than ${JOB_ADDRESSES_MAX} addresses. Split it.`)
  }
  return addresses
}

const JOB = ['<JOB>', 'the id of the list'] as const

const JOBS: Columns<AddressJob> = ['id', 'created_at', 'state', 'done', 'addresses']

const use: MakeCommand = (cli) =>
  changing(
    'use',
    'Sets the verification service that is asked, or none. Its key is typed at a hidden prompt, or read from standard input.',
    'postern addresses use kickbox --region eu --budget 1000',
  )
    .argument('<SERVICE>', `${SERVICE_NAMES.join(', ')}, or none`, oneOf(...SERVICE_NAMES, 'none'))
    .option('--region <REGION>', 'where the account is: us or eu', oneOf(...REGIONS), 'us')
    .option('--budget <N>', 'calls in a day at most', wholeNumber(1, 1_000_000), 1_000)
    .option('--keep-key', 'do not ask for the key: the present one stays')
    .option('--if-version <VERSION>', 'only at this version; 0 if nothing was set yet')
    .action(async (name, { region, budget, keepKey, ...options }) => {
      const service = name === 'none' ? null : name
      const isAsked = service !== null && keepKey !== true
      const key = isAsked
        ? await secretInput(cli.io, `Key of ${name}: `)
        : service === null
          ? null
          : undefined
      const body = { service, region, budget_a_day: budget, ...(key === undefined ? {} : { key }) }
      const set = await (
        await cli.api(options)
      ).call(addressRoutes.putAddressService, { body, ...because(options) })
      cli.show(options, set, () => serviceWords(set))
    })

export const addresses = noun(
  check,
  list({
    name: 'jobs',
    summary: 'Lists that are checked or were, newest first.',
    example: 'postern addresses jobs',
    route: addressRoutes.listAddressJobs,
    columns: JOBS,
    limitMax: 500,
  }),
  request({
    name: 'job',
    summary: 'How far a list is.',
    example: 'postern addresses job job_3f0c2a51-7e8e-4c36-9a53-1d2f5f0f7a11',
    route: addressRoutes.getAddressJob,
    arguments: [JOB],
    words: (job) => jobWords(job),
  }),
  list({
    name: 'results',
    summary: 'What a list has found so far.',
    example: 'postern addresses results job_3f0c2a51-7e8e-4c36-9a53-1d2f5f0f7a11 --all',
    route: addressRoutes.listAddressJobResults,
    arguments: [JOB],
    columns: COLUMNS,
    ...PAGED,
  }),
  request({
    name: 'stop',
    summary: 'Ends the work on a list. Its results so far stay.',
    example: 'postern addresses stop job_3f0c2a51-7e8e-4c36-9a53-1d2f5f0f7a11',
    route: addressRoutes.stopAddressJob,
    arguments: [JOB],
    words: (job) => jobWords(job),
  }),
  request({
    name: 'service',
    summary: 'Which verification service is asked, and how it fares.',
    example: 'postern addresses service',
    route: addressRoutes.getAddressService,
    words: (service) => serviceWords(service),
  }),
  use,
)
