/** An HTTP message signature: Ed25519 over the digest of the body. The headers are read as well, since the scheme is in how. */
import { createHttpSignature } from '../../src/gateway/authenticate/http-signature.ts'
import { type Bytes, toBase64, utf8 } from '../../src/platform/bytes.ts'
import { httpSignatureProof } from '../../src/providers/shared/http-signature.ts'
import { NOW_SECONDS, decoded, pairOf, schemeVerifies, sign, spkiOf } from '../making.ts'
import type { Row } from '../row.ts'

const LIST = `("content-digest");created=${NOW_SECONDS};alg="ed25519";keyid="bench"`

const baseOf = (digest: string): Bytes => utf8(`"content-digest": ${digest}\n"@signature-params": ${LIST}`)
const sha256 = async (bytes: Bytes) => toBase64(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)))

export const httpSignature: Row = {
  name: 'http-signature',
  async prepare(made, sent) {
    const pair = await pairOf({ name: 'Ed25519' })
    const digest = `sha-256=:${await sha256(made)}:`
    const signature = await sign('Ed25519', pair.privateKey, baseOf(digest))
    const headers = new Headers({
      'content-digest': digest,
      'signature-input': `sig=${LIST}`,
      signature: `sig=:${toBase64(signature)}:`,
    })
    const delivery = {
      method: 'POST',
      url: 'https://hooks.example/',
      query: new URLSearchParams(),
      headers,
      body: sent,
      client: { address: null, country: null, asn: null, https: true, tlsVersion: null, certificate: null },
    }
    const proof = httpSignatureProof('signature', 'secret')
    const scheme = createHttpSignature()
    const secret = { kind: 'public-key', algorithm: 'ed25519', spki: await spkiOf(pair) } as const
    const verify = (bytes: Bytes, text: Bytes) => crypto.subtle.verify('Ed25519', pair.publicKey, bytes, text)
    const isOfBody = async (text: string) => text === `sha-256=:${await sha256(sent)}:`
    return {
      check: async () => (await isOfBody(digest)) && verify(signature, baseOf(digest)),
      async bare() {
        const presented = headers.get('content-digest') ?? ''
        const list = (headers.get('signature-input') ?? '').slice('sig='.length)
        const text = (headers.get('signature') ?? '').slice('sig=:'.length, -1)
        const base = utf8(`"content-digest": ${presented}\n"@signature-params": ${list}`)
        return (await verify(decoded(text, 'base64'), base)) && isOfBody(presented)
      },
      ours() {
        const credentials = proof.credentials(delivery, {})
        if (credentials.scheme !== 'http-signature') return false
        return schemeVerifies(scheme, credentials, secret)()
      },
      official: {},
    }
  },
}
