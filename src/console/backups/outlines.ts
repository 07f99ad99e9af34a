/** Outlines of files in the backups bucket: what a list of them shows, kept beside each file. */
import { parseJsonText } from '../../platform/json.ts'

export const withOutline = (outline: unknown): R2PutOptions => ({
  customMetadata: { outline: JSON.stringify(outline) },
})

/** Outlines of all files of a folder that have one, newest first. */
export async function outlinesIn(backups: R2Bucket, prefix: string): Promise<unknown[]> {
  const outlines: unknown[] = []
  let cursor: string | undefined
  do {
    const page = await backups.list({
      prefix,
      include: ['customMetadata'],
      ...(cursor === undefined ? {} : { cursor }),
    })
    for (const { customMetadata } of page.objects) {
      const outline = customMetadata?.['outline']
      if (outline !== undefined) outlines.push(parseJsonText(outline))
    }
    cursor = page.truncated ? page.cursor : undefined
  } while (cursor !== undefined)
  return outlines.toReversed()
}
