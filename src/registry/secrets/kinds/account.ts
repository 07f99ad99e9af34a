/** The id of an account at an ESP that signs for all of its customers with one key. */
import { type KindOfSecret, accept, wrong } from '../kind.ts'

const ACCOUNT = /^[A-Za-z0-9_.-]{1,128}$/

export const account: KindOfSecret = {
  check: (value) =>
    typeof value === 'string' && ACCOUNT.test(value)
      ? accept({ kind: 'account', id: value })
      : wrong(
          'Must be the id of an account, as the ESP shows it: letters, digits, "_", "-" and ".", without spaces.',
        ),
}
