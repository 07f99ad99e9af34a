/** Settings as they were saved, with the defaults of settings that were added later, and without those of a later version. */
import * as v from 'valibot'

export function savedSettings<Entries extends v.ObjectEntries>(
  schema: v.StrictObjectSchema<Entries, undefined>,
): (json: string) => v.InferOutput<typeof schema> {
  const defaults = Object.entries<unknown>(v.getDefaults(schema)).filter(([, value]) => value !== undefined)
  return (json) => {
    const saved = JSON.parse(json) as Readonly<Record<string, unknown>>
    const known = Object.entries(saved).filter(([name]) => Object.hasOwn(schema.entries, name))
    const added = defaults.filter(([name]) => !Object.hasOwn(saved, name))
    return Object.fromEntries([...known, ...added]) as v.InferOutput<typeof schema>
  }
}
