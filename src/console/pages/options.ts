/** Values with their words, for a field or a filter to choose from. */
export const optionsOf = <Value extends string>(
  values: readonly Value[],
  wordOf: (value: Value) => string = (value) => value,
): readonly (readonly [value: Value, words: string])[] => values.map((value) => [value, wordOf(value)])
