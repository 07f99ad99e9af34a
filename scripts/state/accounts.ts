/**
 * Simulated ESP accounts that can be opened again: what `open` draws at random is recorded and drawn again in the same order. So a
 * later version gets deliveries that are signed with the keys of the recorded sources.
 */
import crypto, { createPrivateKey, createPublicKey } from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import type { Account } from '../../src/simulator/sender.ts'
import { senderNamed } from '../../src/simulator/senders/index.ts'

/** Base64 of random bytes, a number, a UUID, or a private key as PEM. */
export type Draws = readonly (string | number)[]

export interface OpenedAccount {
  readonly account: Account
  readonly draws: Draws
}

/** Opens a new account. Nothing else may draw at random meanwhile. */
export async function openAccount(provider: string): Promise<OpenedAccount> {
  const draws: (string | number)[] = []
  const noted = <T>(value: T, draw: string | number): T => {
    draws.push(draw)
    return value
  }
  const { randomBytes, randomInt, randomUUID, generateKeyPairSync } = crypto
  const account = await withDraws(
    {
      randomBytes: (size: number) => {
        const bytes = randomBytes(size)
        return noted(bytes, bytes.toString('base64'))
      },
      randomInt: (...range: [number, number]) => {
        const int = randomInt(...range)
        return noted(int, int)
      },
      randomUUID: () => {
        const uuid = randomUUID()
        return noted(uuid, uuid)
      },
      generateKeyPairSync: (...wanted: Parameters<typeof generateKeyPairSync>) => {
        const { privateKey } = generateKeyPairSync(...wanted)
        return noted(pairOf(privateKey), String(privateKey.export({ type: 'pkcs8', format: 'pem' })))
      },
    },
    provider,
  )
  return { account, draws }
}

/** Opens the account again that drew these. @throws {RangeError} if it draws more: its simulator has changed */
export async function reopenAccount(provider: string, draws: Draws): Promise<Account> {
  const left = [...draws]
  const next = (): string | number => {
    const draw = left.shift()
    if (draw === undefined) throw new RangeError(`the account at ${provider} draws more than was recorded`)
    return draw
  }
  return withDraws(
    {
      randomBytes: () => Buffer.from(String(next()), 'base64'),
      randomInt: () => Number(next()),
      randomUUID: () => String(next()),
      generateKeyPairSync: () => pairOf(createPrivateKey(String(next()))),
    },
    provider,
  )
}

const pairOf = (privateKey: crypto.KeyObject) => ({ privateKey, publicKey: createPublicKey(privateKey) })

async function withDraws(draws: Readonly<Record<string, unknown>>, provider: string): Promise<Account> {
  const sender = senderNamed(provider)
  if (sender === undefined) throw new Error(`no simulated ${provider}`)
  const originals = Object.fromEntries(Object.entries(crypto).filter(([name]) => Object.hasOwn(draws, name)))
  Object.assign(crypto, draws)
  syncBuiltinESMExports()
  try {
    return await sender.open()
  } finally {
    Object.assign(crypto, originals)
    syncBuiltinESMExports()
  }
}
