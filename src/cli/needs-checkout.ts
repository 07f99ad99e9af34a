/** Commands that work only in a checkout, as they need Wrangler or the files of `npm start`. */
import { CHECKOUT } from './checkout.ts'
import { Stop } from './stop.ts'

/**
 * The folder of the checkout.
 *
 * @param what that needs it, as typed: `tail --worker`
 * @throws {Stop} in the package that is installed alone
 */
export function checkoutFor(what: string): string {
  if (CHECKOUT === undefined)
    throw new Stop(
      'no',
      'checkout_needed',
      `${what} works only in a checkout of Postern: run npx postern there.`,
    )
  return CHECKOUT
}
