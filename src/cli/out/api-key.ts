/** Lines for a person who makes a key of an ESP's API: its rights and its form. */
import type { ProviderAnswer } from '../../api/providers.ts'

export function keyLines(key: ProviderAnswer['api_key']): readonly string[] {
  if (key === null) return []
  const { form, rights, can_send: canSend } = key
  return [
    'Make a key for Postern alone, with the least rights:',
    ...rights.map((one) => `${one.right} (${one.for.join(', ')})`),
    ...(form === null ? [] : [`Enter it as ${form}.`]),
    ...(canSend ? ['Such a key can also send mail: guard it as you guard that.'] : []),
  ]
}
