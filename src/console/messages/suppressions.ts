/** Reasons of suppressions in plain words. */
import type { SuppressionReason } from '../../store/suppression-reasons.ts'

const WORDS: Record<SuppressionReason, string> = {
  hard_bounce: 'hard bounce',
  soft_bounces: 'soft bounces',
  spam_report: 'spam report',
  unsubscribe: 'unsubscribed',
  manual: 'by hand',
}

export const reasonWord = (reason: SuppressionReason): string => WORDS[reason]
