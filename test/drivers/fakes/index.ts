/** All fakes, by the name of their provider. Each driver has one. */
import type { Fake } from './fake.ts'
import { mailgun } from './mailgun.ts'
import { postmark } from './postmark.ts'
import { sendgrid } from './sendgrid.ts'
import { ses } from './ses.ts'
import { sparkpost } from './sparkpost.ts'

export const FAKES: readonly Fake[] = [mailgun, postmark, sendgrid, ses, sparkpost]
