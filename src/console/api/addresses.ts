/** Handlers of address checks. The audit log names what is sent to a service, and the lists, and no address. */
import { serviceNamed } from '../../addresses/services/index.ts'
import { createJob, findJob, jobResults, listJobs, stopJob } from '../../addresses/jobs.ts'
import { type ServiceSettings, hostOf, putService, readService } from '../../addresses/settings.ts'
import { readAddress } from '../../api/address.ts'
import { addressRoutes } from '../../api/addresses.ts'
import { problem } from '../../api/problem.ts'
import { answerOf, checkNow, jobAnswer, serviceAnswer } from '../addresses.ts'
import { note } from '../note.ts'
import type { RequestContext } from '../request-context.ts'
import { NO_VERSION, underConditions } from './conditions.ts'
import { numberBefore, numberCursor } from './number-cursor.ts'
import { tagged } from './owners.ts'
import { answer, bindRoutes } from './route.ts'

const UNKNOWN = problem(
  'address_job_unknown',
  'There is no such job. Lists are removed two weeks after their end.',
)

/** Without a name and brackets, if it has that form. */
const bare = (text: string): string => readAddress(text) ?? text

export const addresses = bindRoutes(addressRoutes, {
  async checkAddresses({ body }, context) {
    const asked = ('address' in body ? [body.address] : body.addresses).map(bare)
    const noteSending = async (service: string) => {
      const [one = ''] = asked
      const target = asked.length > 1 ? 'addresses' : `person/${await context.store.people.indexOf(one)}`
      await note(context, 'addresses.sent', target, { count: asked.length, service })
    }
    return answer({ results: await checkNow(context, asked, noteSending) })
  },

  async createAddressJob({ body }, context) {
    const { store, nowMs } = context
    const { service } = (await readService(store, nowMs)).settings
    await note(context, 'address_job.created', 'addresses', { count: body.addresses.length, service })
    const id = await createJob(store, body.addresses.map(bare), nowMs)
    if (id === undefined)
      return problem(
        'too_many_address_jobs',
        'Too many jobs have work left. Stop one, or wait until one is done.',
      )
    return (await answerJob(context, id, 201)) ?? UNKNOWN
  },

  async listAddressJobs({ query: { limit } }, { store }) {
    return answer({ jobs: (await listJobs(store, limit)).map(jobAnswer) })
  },

  getAddressJob: async ({ params: { id } }, context) => (await answerJob(context, id)) ?? UNKNOWN,

  async listAddressJobResults({ params: { id }, query: { limit, cursor } }, { store }) {
    const after = cursor === undefined ? -1 : numberBefore(cursor)
    if ((await findJob(store, id)) === null) return UNKNOWN
    const { results, next } = await jobResults(store, id, after, limit)
    return answer({ results: results.map(answerOf), next_cursor: next === null ? null : numberCursor(next) })
  },

  async stopAddressJob({ params: { id } }, context) {
    if ((await findJob(context.store, id)) === null) return UNKNOWN
    await note(context, 'address_job.stopped', id)
    await stopJob(context.store, id, context.nowMs)
    return (await answerJob(context, id)) ?? UNKNOWN
  },

  async getAddressService(_input, { store, nowMs }) {
    const stored = await readService(store, nowMs)
    return answer(serviceAnswer(stored), 200, taggedIfSet(stored.version))
  },

  async putAddressService({ body: { key, ...settings }, conditions }, context) {
    const { store, nowMs } = context
    const { label = '', hosts = {} } = serviceNamed(settings.service) ?? {}
    if (settings.service !== null && hostOf(settings) === null) {
      const says = `${label} has accounts in ${Object.keys(hosts).join(' and ')} only.`
      return problem('document_invalid', says, { problems: [{ path: 'region', problem: says }] })
    }
    const present = { find: () => readService(store, nowMs) }
    const changed = await underConditions(conditions, present, 'service', async (expected) => {
      const before = await readService(store, nowMs)
      // The key of one service must not be sent to another.
      const given = key === undefined && settings.service !== before.settings.service ? null : key
      await note(context, 'address_service.changed', 'address_service', detailOf(settings, given), {
        ...before.settings,
      })
      const isPut = await putService(store, settings, given, expected ?? before.version, nowMs)
      const stored = await readService(store, nowMs)
      return isPut
        ? { ok: true as const, stored }
        : { ok: false as const, code: 'version_conflict' as const, version: stored.version }
    })
    return changed.ok
      ? answer(serviceAnswer(changed.stored), 200, taggedIfSet(changed.stored.version))
      : problem('version_conflict', `The service is now at version ${changed.version}. Nothing was changed.`)
  },
})

const detailOf = (settings: ServiceSettings, key: string | null | undefined) => ({
  ...settings,
  key: key === undefined ? 'kept' : key === null ? 'none' : 'new',
})

const taggedIfSet = (version: number) => (version === NO_VERSION ? {} : tagged(version))

async function answerJob({ store }: RequestContext, id: string, status = 200) {
  const job = await findJob(store, id)
  return job === null ? undefined : answer(jobAnswer(job), status)
}
