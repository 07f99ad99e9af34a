/** Temporary sources and tokens of an assessment. All are removed afterwards, also those of an earlier one that was killed. */
import { randomBytes } from 'node:crypto'
import type { Role } from '../../registry/operators/operator.ts'
import { sourceRoutes } from '../../api/sources.ts'
import { quarantineRoutes } from '../../api/quarantine.ts'
import { tokenRoutes } from '../../api/tokens.ts'
import type { Api } from '../connection/api.ts'
import { Stop } from '../stop.ts'
import { type Answer, objectIn } from './http.ts'
import type { Clock } from './pace.ts'
import { type ProbeSource, newSecret, probeSource } from './probe-source.ts'

const NAME = /^assess-[0-9a-f]{8}(?:-\d+)?$/
/** An assessment takes ten minutes at most, so an older thing belongs to none that runs. */
const LEFT_MS = 15 * 60_000

export interface Temporary {
  readonly source: (settings?: Readonly<Record<string, unknown>>) => Promise<ProbeSource>
  readonly token: (role: Role, sources?: readonly string[]) => Promise<string>
  /** Remembers how many items a delivery left in quarantine. @param path its webhook URL's */
  readonly noteReceipt: (path: string | undefined, answer: Answer) => void
  /** @returns what could not be removed, each with what to do */
  readonly remove: () => Promise<string[]>
}

export function temporary(api: Api, { nowMs, sleep }: Clock): Temporary {
  const run = `assess-${randomBytes(4).toString('hex')}`
  let sources = 0
  let madeTokens = false
  const quarantined = new Map<string, number>()

  return {
    async source(settings = {}) {
      const secret = newSecret()
      const name = `${run}-${++sources}`
      await api.call(sourceRoutes.putSource, {
        params: { name },
        body: { provider: 'generic', secrets: { hmac: secret }, ...settings },
        headers: { 'if-none-match': '*', 'x-reason': 'postern assess' },
      })
      return probeSource(name, secret, nowMs)
    },
    async token(role, named) {
      const body = {
        name: run,
        role,
        expires_in_days: 1,
        ...(named !== undefined && { sources: [...named] }),
      }
      madeTokens = true
      try {
        return (await api.call(tokenRoutes.createToken, { body, headers: { 'x-reason': 'postern assess' } }))
          .token
      } catch (cause) {
        madeTokens = !(cause instanceof Stop && cause.exit === 'denied')
        throw madeTokens ? cause : new Stop('denied', 'not_admin', 'Only an admin may make temporary tokens.')
      }
    },
    noteReceipt(path = '', answer) {
      const count = objectIn(answer)?.['quarantined']
      const name = path.replace(/^\/hooks\//, '')
      const mayBeMore = answer.status === 0
      if (mayBeMore || Number(count) > 0)
        quarantined.set(name, (quarantined.get(name) ?? 0) + (Number(count) || 0))
    },
    async remove() {
      const isOurs = (name: string, createdAt: string): boolean =>
        NAME.test(name) && (name.startsWith(run) || nowMs() - Date.parse(createdAt) > LEFT_MS)
      return [
        ...(quarantined.size === 0 ? [] : await removeItems(api, quarantined, sleep)),
        ...(sources === 0 ? [] : await removeSources(api, isOurs)),
        ...(madeTokens ? await revokeTokens(api, isOurs) : []),
      ]
    },
  }
}

type IsOurs = (name: string, createdAt: string) => boolean

const removeSources = (api: Api, isOurs: IsOurs): Promise<string[]> =>
  removed('sources named assess-…', 'postern sources list, then postern sources remove NAME', async () => {
    for (const { name, created_at: createdAt } of await api.list(sourceRoutes.listSources, {}, null))
      if (isOurs(name, createdAt)) await api.call(sourceRoutes.deleteSource, { params: { name } })
  })

/** Items are stored some seconds after their delivery. */
const STORED_WITHIN_TRIES = 10
const LOOK_EVERY_MS = 2_000

/** @param items how many, by source; those that are removed are subtracted */
function removeItems(api: Api, items: Map<string, number>, sleep: Clock['sleep']): Promise<string[]> {
  const left = (source: string) => items.get(source) ?? 0
  return removed(
    'items in quarantine of sources named assess-…',
    'postern quarantine list, then postern quarantine remove ID',
    async () => {
      for (const [source] of items) {
        for (let tries = 0; tries === 0 || (left(source) > 0 && tries < STORED_WITHIN_TRIES); tries++) {
          if (tries > 0) await sleep(LOOK_EVERY_MS)
          for (const { id } of await api.list(quarantineRoutes.listQuarantine, { query: { source } }, null)) {
            await api.call(quarantineRoutes.deleteQuarantined, { params: { id } })
            items.set(source, left(source) - 1)
          }
        }
        if (left(source) > 0) throw new Stop('failed', 'not_stored', 'They are not stored yet.')
      }
    },
  )
}

/** An answer may be lost, so tokens are found by their name. */
const revokeTokens = (api: Api, isOurs: IsOurs): Promise<string[]> =>
  removed('tokens named assess-…', 'postern tokens list, then postern tokens revoke ID', async () => {
    for (const one of await api.list(tokenRoutes.listTokens, {}, null))
      if (one.revoked_at === null && isOurs(one.name, one.created_at))
        await api.call(tokenRoutes.revokeToken, { params: { id: one.id } })
  })

const ATTEMPTS = 3

async function removed(what: string, todo: string, remove: () => Promise<void>): Promise<string[]> {
  for (let attempt = 1; ; attempt++) {
    try {
      await remove()
      return []
    } catch (cause) {
      if (!(cause instanceof Stop)) throw cause
      if (attempt === ATTEMPTS)
        return [`Not all ${what} could be removed: ${cause.message} To remove them: ${todo}.`]
    }
  }
}
