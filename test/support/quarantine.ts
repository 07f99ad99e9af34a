/** Puts a delivery or an item into quarantine as the consumer does. */
import type { DeliveryFacts, Quarantined } from '../../src/event/envelope.ts'
import { quarantineTransactions } from '../../src/store/quarantine.ts'
import type { Store } from '../../src/store/store.ts'

export async function putIntoQuarantine(
  store: Store,
  quarantined: Quarantined,
  delivery: DeliveryFacts,
): Promise<void> {
  for await (const statements of quarantineTransactions(store, [{ quarantined, delivery }], Date.now())) {
    await store.db.batch(statements)
  }
}
