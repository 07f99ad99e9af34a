/** Puts the file of a claim into the bucket, once. */
import type { Bytes } from '../platform/bytes.ts'
import { sha256Hex } from '../platform/sha256.ts'
import type { Claim, PutFile } from '../store/archive-claims.ts'
import { archiveKey } from '../store/archive-files.ts'

/** Metadata of an object: the id of the claim that it was put for. */
const CLAIM = 'claim'

/** Name of the object of a span. */
export const objectKey = (
  { dt, firstSegment, lastSegment, claimId }: Pick<Claim, 'dt' | 'firstSegment' | 'lastSegment' | 'claimId'>,
  isNameTaken = false,
): string => archiveKey(dt, `${firstSegment}-${lastSegment}${isNameTaken ? `.${claimId}` : ''}.parquet`)

/**
 * If the object is there, another writer of the same claim has put it, and it stays as it is. An object of another claim is older than
 * a restore of the database, which has given the numbers of its segments to others. Then the file gets another name.
 *
 * @param ids of its events, in their order
 * @returns what is in the bucket now
 */
export async function putFile(
  bucket: Pick<R2Bucket, 'put' | 'head'>,
  claim: Claim,
  file: Bytes,
  events: number,
  ids: readonly unknown[],
): Promise<PutFile> {
  const sha256 = await sha256Hex(file)
  const metadata = {
    [CLAIM]: claim.claimId,
    sha256,
    events: String(events),
    ids: await sha256Hex(ids.join('\n')),
  }
  for (const key of [objectKey(claim), objectKey(claim, true)]) {
    const put = await bucket.put(key, file, {
      onlyIf: { etagDoesNotMatch: '*' },
      sha256,
      customMetadata: metadata,
      httpMetadata: { contentType: 'application/vnd.apache.parquet' },
    })
    if (put !== null) return { key, events, bytes: file.byteLength, sha256 }
    const existing = await bucket.head(key)
    if (existing === null) throw new FileVanished('an object that was there is gone')
    const known = existing.customMetadata
    if (known?.[CLAIM] === claim.claimId)
      return { key, events: Number(known['events']), bytes: existing.size, sha256: known['sha256'] ?? '' }
  }
  throw new FileVanished('both names of a file are taken by others')
}

/** The bucket is changed by somebody else at this moment. The claim is taken again in the next run. */
class FileVanished extends Error {
  override readonly name = 'FileVanished'
}

/** Deletes what the writers of a claim have put, and no object of another claim. */
export async function deleteFile(
  bucket: Pick<R2Bucket, 'head' | 'delete'>,
  claim: Pick<Claim, 'dt' | 'firstSegment' | 'lastSegment' | 'claimId'>,
): Promise<void> {
  const keys = [objectKey(claim), objectKey(claim, true)]
  const found = await Promise.all(keys.map((key) => bucket.head(key)))
  const own = keys.filter((_, i) => found[i]?.customMetadata?.[CLAIM] === claim.claimId)
  if (own.length > 0) await bucket.delete(own)
}
