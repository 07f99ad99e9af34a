/** Work that waits for a person, put into the store of an installation. */
import { sealContents } from '../../src/event/envelope.ts'
import { readMasterKeys } from '../../src/platform/master-key.ts'
import { sealer } from '../../src/platform/seal.ts'
import { storeDeadLetter } from '../../src/store/dead-letters.ts'
import { type Store, openStore } from '../../src/store/store.ts'
import { contentsOf, mailEvent } from '../support/mail-events.ts'
import type { Postern } from './postern.ts'

export async function storeOf({ runtime, secrets }: Postern): Promise<Store> {
  const { STORE } = await runtime.bindings<{ STORE: D1Database }>('console')
  return openStore(STORE, readMasterKeys(secrets.MASTER_KEY))
}

/** A message of the source `shop` that the consumer gave up on. Its event is stored after a redrive. */
export async function putDeadLetter(store: Store, { secrets }: Postern, name: string): Promise<void> {
  const recipient = `${name}@letters.example`
  const event = await mailEvent({ type: 'email.delivered', atMs: Date.now(), recipient, message_id: name })
  const key = `req_${name}/0`
  const seal = sealer(readMasterKeys(secrets.MASTER_KEY), 'queue')
  const sealed = await sealContents(contentsOf([event]), seal, key)
  const envelope = { version: 1, source: 'shop', key, kind: 'inline', sealed } as const
  const letter = {
    messageId: name,
    envelope,
    reason: 'store_failed',
    fault: 'RangeError',
    attempts: 12,
  } as const
  await storeDeadLetter(store, letter, Date.now())
}
