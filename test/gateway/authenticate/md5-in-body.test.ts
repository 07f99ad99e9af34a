import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { md5InBody } from '../../../src/gateway/authenticate/md5-in-body.ts'
import { utf8 } from '../../../src/platform/bytes.ts'
import type { Md5InBodyCredentials } from '../../../src/providers/shared/presented-credentials.ts'
import { contextWith, textSecret } from './making.ts'
import { describeScheme } from './suite.ts'

const BEFORE = utf8('{"auth":"')
const AFTER = utf8('","events_by_user":[]}')

async function valid() {
  const key = crypto.randomUUID()
  const digest = createHash('md5').update(BEFORE).update(key).update(AFTER).digest('hex')
  const credentials: Md5InBodyCredentials = {
    scheme: 'md5-in-body',
    slots: ['key'],
    digest,
    before: BEFORE,
    after: AFTER,
    identity: [AFTER],
    coversBody: true,
  }
  return { credentials, secret: textSecret(key) }
}

describeScheme<Md5InBodyCredentials>({
  title: 'MD5 in the body',
  scheme: md5InBody,
  encoding: 'hex',
  codes: ['signature_mismatch', 'proof_malformed'],
  presented: ({ digest }) => digest,
  present: (credentials, digest) => ({ ...credentials, digest }),
  signed: (credentials, after) => ({ ...credentials, after }),
  valid,
})

describe('MD5 in the body', () => {
  it('covers what stands before the digest, too', async () => {
    const { credentials, secret } = await valid()
    const changed = { ...credentials, before: utf8('{"x":1,"auth":"') }
    expect(await md5InBody.verify(changed, contextWith([secret]))).toMatchObject({ ok: false })
  })
})
