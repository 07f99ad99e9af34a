/** Parts of the delivery, made from the bindings of its object. */
import { isChannelKind } from '../index.ts'
import { Deadlines } from '../../outbound/deadlines.ts'
import { HostChecks } from '../../platform/dns-check.ts'
import { readMasterKeys } from '../../platform/master-key.ts'
import { sealer } from '../../platform/seal.ts'
import type { System } from '../../platform/system.ts'
import { openChannel } from '../../registry/channels/view.ts'
import { type Registries, registryIn } from '../../registry/members.ts'
import type { MailBinding } from '../send.ts'
import type { DeliveryDeps } from './delivery.ts'

export interface SendingEnv {
  readonly MASTER_KEY?: string | undefined
  /** The console's address, for links; empty if it is not known. */
  readonly CONSOLE_URL?: string | undefined
  /** `allowed` under `npm start`: channels on this machine and in private networks. */
  readonly PRIVATE_DESTINATIONS?: string
  /** Cloudflare's binding that sends mail. Without it, only channels of the kind `mail` fail. */
  readonly MAIL?: MailBinding
}

export interface DeliveryEnv extends SendingEnv {
  readonly MASTER_KEY?: string
  readonly REGISTRY: Registries<'snapshots'>
}

/** Parts of sending that need no object. */
export function sendingDeps(
  env: SendingEnv,
  { nowMs, fetch }: Pick<System, 'nowMs' | 'fetch'>,
): Pick<DeliveryDeps, 'open' | 'send' | 'consoleUrl'> {
  const secrets = sealer(readMasterKeys(env.MASTER_KEY), 'secrets')
  const allowPrivate = env.PRIVATE_DESTINATIONS === 'allowed'
  const consoleUrl = addressOf(env.CONSOLE_URL)
  const hosts = new HostChecks({ fetch, allowPrivate })
  return {
    open: (channel) => openChannel(secrets, channel),
    send: {
      fetch,
      deadlines: new Deadlines(nowMs),
      mail: env.MAIL,
      checkHost: (hostname) => hosts.check(hostname, nowMs()),
      rules: { allowPrivate, ownHosts: consoleUrl === '' ? [] : [new URL(consoleUrl).host] },
      nowMs,
    },
    consoleUrl,
  }
}

export function deliveryDeps(
  ctx: Pick<DurableObjectState, 'id' | 'storage'>,
  env: DeliveryEnv,
  records: DeliveryDeps['records'],
  { nowMs, fetch, random, log }: System,
): DeliveryDeps {
  return {
    ...sendingDeps(env, { nowMs, fetch }),
    storage: ctx.storage,
    records,
    async load(version) {
      const found = await registryIn(env).snapshots.channels(version)
      // The registry is deployed last, and may still have one of a kind that is no more.
      return (
        found && { ...found, channels: found.channels.filter(({ config }) => isChannelKind(config.kind)) }
      )
    },
    installation: ctx.id.toString(),
    random,
    log,
  }
}

/** Without a slash at the end; empty if it is none. */
function addressOf(text = ''): string {
  const address = text.trim().replace(/\/+$/, '')
  return URL.canParse(address) && /^https?:/i.test(address) ? address : ''
}
