/** A public key of the algorithm in the source's `signature` setting. */
import type { SIGNATURE_ALGORITHMS } from '../../sources/document.ts'
import { ecdsaP256Public } from './ecdsa-p256-public.ts'
import { ed25519Public } from './ed25519-public.ts'
import { type KindOfSecret, wrong } from '../kind.ts'
import { OWN_MIN_BITS, checkRsa } from './rsa-public.ts'

type Algorithm = (typeof SIGNATURE_ALGORITHMS)[number]

const ownRsa: KindOfSecret = { check: (value) => checkRsa(value, OWN_MIN_BITS) }
const unused: KindOfSecret = {
  check: () =>
    wrong('Is not used: "signature.algorithm" is an HMAC, whose secret is a text and not a public key.'),
}

const BY_ALGORITHM: Readonly<Record<Algorithm, KindOfSecret>> = {
  'hmac-sha1': unused,
  'hmac-sha256': unused,
  'hmac-sha512': unused,
  'ecdsa-p256-sha256': ecdsaP256Public,
  'rsa-pkcs1-sha1': ownRsa,
  'rsa-pkcs1-sha256': ownRsa,
  ed25519: ed25519Public,
}

export const anyPublic: KindOfSecret = {
  check: (value, config) =>
    config.signature === undefined
      ? wrong('Needs "signature" in the document, which names the algorithm of the key.')
      : BY_ALGORITHM[config.signature.algorithm].check(value, config),
}
