/** A bucket whose faults can be told from those of a caller. */

/** R2 does not answer, or refuses what it is asked. */
export class BucketUnavailable extends Error {
  override readonly name = 'BucketUnavailable'
}

/** The same bucket. @throws {BucketUnavailable} from its calls, with the platform's error as the cause */
export const withNamedFaults = (bucket: R2Bucket): R2Bucket =>
  new Proxy(bucket, {
    get(target, name) {
      const call: unknown = Reflect.get(target, name)
      if (typeof call !== 'function') return call
      return async (...given: unknown[]): Promise<unknown> => {
        try {
          return await Reflect.apply(call, target, given)
        } catch (cause) {
          throw cause instanceof TypeError ? cause : new BucketUnavailable('a bucket failed', { cause })
        }
      }
    },
  })
