/** Objects of a bucket that are too old. */

/** @returns how many were deleted */
export async function deleteOld(
  bucket: R2Bucket,
  prefix: string,
  isOld: (object: R2Object) => boolean,
): Promise<number> {
  let count = 0
  let cursor: string | undefined
  do {
    const page = await bucket.list({ prefix, ...(cursor === undefined ? {} : { cursor }) })
    const keys = page.objects.filter(isOld).map(({ key }) => key)
    if (keys.length > 0) await bucket.delete(keys)
    count += keys.length
    cursor = page.truncated ? page.cursor : undefined
  } while (cursor !== undefined)
  return count
}
