/** The color of a notice in a chat. */
import type { Severity } from '../../watch/severity.ts'
import type { Notice } from '../notice.ts'

const COLORS: Readonly<Record<Severity, number>> = {
  critical: 0xc0392b,
  error: 0xe67e22,
  warning: 0xf1c40f,
  info: 0x3498db,
}
const RESOLVED_COLOR = 0x2ecc71

/** Red, green and blue, a byte each. */
export const colorOf = ({ state, severity }: Notice): number =>
  state === 'resolved' ? RESOLVED_COLOR : COLORS[severity]
