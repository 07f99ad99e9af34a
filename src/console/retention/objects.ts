/** Deletes objects of a bucket that are too old. */
export async function deleteOld(
  bucket: R2Bucket,
  prefix: string,
  isOld: (object: R2Object) => boolean,
): Promise<void> {
  let cursor: string | undefined
  do {
    const page = await bucket.list({ prefix, ...(cursor === undefined ? {} : { cursor }) })
    const keys = page.objects.filter(isOld).map(({ key }) => key)
    if (keys.length > 0) await bucket.delete(keys)
    cursor = page.truncated ? page.cursor : undefined
  } while (cursor !== undefined)
}
