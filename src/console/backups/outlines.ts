/** Outlines of files in the backups bucket: what a list of them shows, kept beside each file. */
import * as v from 'valibot'
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

type Backups = Readonly<Record<'backups', R2Bucket>>

interface ReportSchemas<Outline, Report> {
  readonly id: v.GenericSchema<string>
  readonly outline: v.GenericSchema<Outline>
  readonly report: v.GenericSchema<Report>
}

/** Reports in a folder, each as JSON with its outline. */
export const reportsIn = <Outline extends { readonly id: string }, Report>(
  folder: string,
  schemas: ReportSchemas<Outline, Report>,
) => ({
  put: ({ backups }: Backups, outline: Outline, report: Report): Promise<R2Object> =>
    backups.put(`${folder}${outline.id}.json`, JSON.stringify(report), withOutline(outline)),
  /** Newest first. */
  list: async ({ backups }: Backups): Promise<Outline[]> =>
    (await outlinesIn(backups, folder)).filter((one) => v.is(schemas.outline, one)),
  /** Null if there is none of this id. */
  async read({ backups }: Backups, id: string): Promise<Report | null> {
    const object = v.is(schemas.id, id) ? await backups.get(`${folder}${id}.json`) : null
    const report = object === null ? null : parseJsonText(await object.text())
    return v.is(schemas.report, report) ? report : null
  },
})
