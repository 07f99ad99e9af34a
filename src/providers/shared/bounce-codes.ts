/** The type of a bounce whose ESP does not name it, by the enhanced code of the receiving server (RFC 3463). */
import type { BounceType } from '../../event/mail-event.ts'

/**
 * Only a code about the recipient's address makes it hard: `5.1.x` without 7 to 9, which are about the sender and the path. A
 * permanent failure with another code, or with none, suppresses nobody.
 */
export function bounceTypeByCode(enhancedCode: string | undefined): BounceType {
  const code = enhancedCode ?? ''
  if (/^5\.1\.(?![789]$)/.test(code)) return 'hard'
  if (code.startsWith('4.')) return 'soft'
  return code.startsWith('5.7.') ? 'blocked' : 'undetermined'
}
