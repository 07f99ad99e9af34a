/** Mail that its recipients report as spam, or forged complaints. */
import { drill } from '../drill.ts'

export const complaintShare = drill({
  kind: 'complaint_share',
  sends: 'complaints, which suppress ten recipients at example.com',
  requests: 40,
  signs: 'as the ESP',
  reports: 'email.spam_reported',
  make: ({ sign, event, nowSeconds }) => sign([event('email.spam_reported')], nowSeconds()),
})
