import { expect, it } from 'vitest'
import { claimKey, quotaPrefix, redisNamespace, versionKey } from '../../src/platform/redis-keys.ts'

it('names the keys after deployment and source', () => {
  const namespace = redisNamespace('0123456789abcdef'.repeat(4))
  expect(namespace).toBe('postern:0123456789ab')
  expect(claimKey(namespace, 'shop', 'f1')).toBe('postern:0123456789ab:shop:claim:f1')
  expect(versionKey(namespace, 'shop')).toBe('postern:0123456789ab:shop:version')
  expect(quotaPrefix(namespace, 'shop')).toBe('postern:0123456789ab:shop:rate')
})
