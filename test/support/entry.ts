/** The gateway as tests run it, with a class for objects of which a test needs the storage alone. */
import { DurableObject } from 'cloudflare:workers'

export * from '../../src/gateway/index.ts'
export { default } from '../../src/gateway/index.ts'

export class Empty extends DurableObject {
  /** A test that sets an alarm rings it itself. */
  override async alarm(): Promise<void> {
    await this.ctx.storage.deleteAlarm()
  }
}
