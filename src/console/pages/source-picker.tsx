/** The field of a form that picks sources: check boxes in a fold, which a script narrows while one types. */
import type { FC } from 'hono/jsx'
import { wordsIn } from '../../platform/settings.ts'
import { Choices, useTyped } from './form.tsx'
import { optionsOf } from './options.ts'

/** With more sources than this there is a field that narrows them. */
const MANY = 12

interface PickerProps {
  /** All sources that the reader sees. Those that are typed and not among them are offered as well. */
  readonly names: readonly string[]
  readonly hint?: string | undefined
}

export const SourcePicker: FC<PickerProps> = ({ names, hint }) => {
  const chosen = wordsIn(useTyped('sources'))
  const all = [...new Set([...names, ...chosen])]
  if (all.length === 0) return null
  return (
    <Choices
      name="sources"
      label="Sources"
      hint={hint ?? 'None chosen: all sources, also those that are added later.'}
      options={optionsOf(all)}
      fold={chosen.length === 0 ? 'All sources' : `${chosen.length} of ${all.length} sources`}
      narrow={all.length > MANY ? 'Find a source' : undefined}
    />
  )
}
