/** The error of a command, for a person or a program. */
import { visibleJson, visibleText } from '../../platform/visible.ts'
import type { Stop } from '../stop.ts'

export function complaintLines({ code, message, more }: Stop, json: boolean): string[] {
  if (json) return [visibleJson(JSON.stringify({ error: { code, message, more } }))]
  return [message, ...more.map((line) => `  ${line}`)].map((line) => visibleText(line))
}
