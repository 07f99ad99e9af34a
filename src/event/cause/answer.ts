/**
 * The answer of a mail server as one line that patterns are compared with, and the codes in it. Texts come from strangers, name people,
 * and are cut before anything looks at them.
 */

/** RFC 5321 section 4.5.3.1.5 allows 512 characters a line; an answer of several lines with its chain of servers fits. */
const MAX_CHARACTERS = 1_000

export interface Answer {
  /** Lower case, on one line, without addresses of people. */
  readonly text: string
  /** As {@link text}, without what says nothing, and without what links say behind their host. */
  readonly plain: string
}

export interface Codes {
  readonly smtp_code?: string
  readonly enhanced_code?: string
}

/** RFC 3463: class, subject from 0 to 7, detail. It is no part of an IP address or a version. */
const ENHANCED = /(?<![\w.])([245]\.[0-7]\.[0-9]{1,3})(?!\w|\.[0-9])/g
/** Reply codes that mail servers use (RFC 5321 section 4.2.3, RFC 4954, and those of large providers). */
const REPLY =
  /(?<![\w./#=@+-])(?<![0-9]:)(25[0-3]|4(?:2[12]|3[12]|4[0-9]|5[0-9]|71)|5(?:0[0-4]|1[0-9]|2[0-9]|3[0-9]|4[01]|5[0-9]|7[01]))(?=$|[\s:;,)\]"'-]|\.(?![0-9]))(?! ?(?:k|kb|mb|bytes|messages|recipients|seconds|minutes|days|hours)\b)/g

/** The codes of an answer, wherever they stand. In a chain of servers the last one has seen the recipient. */
export function codesOf(text: string | undefined): Codes {
  const cut = (text ?? '').slice(0, MAX_CHARACTERS)
  const inner = innermost(cut)
  const enhanced = last(inner, ENHANCED) ?? last(cut, ENHANCED)
  const reply = first(inner, REPLY) ?? first(cut, REPLY)
  return {
    ...(reply === undefined ? {} : { smtp_code: reply }),
    ...(enhanced === undefined ? {} : { enhanced_code: enhanced }),
  }
}

const first = (text: string, form: RegExp): string | undefined => text.matchAll(form).next().value?.[1]
const last = (text: string, form: RegExp): string | undefined => [...text.matchAll(form)].at(-1)?.[1]

const SAID = ' said: '

/** The answer of the last server in a chain: `host a said: 450 … host b said: 550 …`. */
function innermost(text: string): string {
  const at = text.toLowerCase().lastIndexOf(SAID)
  return at < 0 ? text : text.slice(at + SAID.length)
}

const ADDRESS = /[^\s<>()[\]"',;:]{1,64}@[^\s<>()[\]"',;:]{1,255}/g
const LINK = /https?:\/\/([^\s/<>"']{1,255})[^\s<>"')\]]*/g
/** Says on which command, and is no part of the answer. */
const IN_REPLY = /\(in reply to [a-z ]{1,40}\)/g
/** Postfix puts it before every reason that the recipient's side gives. */
const REJECTED = /recipient address rejected ?: ?/g

export function answerOf(text: string): Answer {
  const one = innermost(text.slice(0, MAX_CHARACTERS)).toLowerCase().replaceAll(/\s+/g, ' ')
  const said = withoutRepeatedCodes(one)
    .replaceAll(ADDRESS, '')
    .replaceAll('<>', '')
    .replaceAll(IN_REPLY, '')
    .replaceAll(/ {2,}/g, ' ')
  return { text: said, plain: said.replaceAll(REJECTED, '').replaceAll(LINK, '$1') }
}

/** An answer of several lines has its codes on each: `550-5.1.1 The account 550 5.1.1 does not exist`. */
function withoutRepeatedCodes(text: string): string {
  const [codes, reply] = /^\D{0,40}?([245][0-9]{2})[ -](?:#?[245]\.[0-9]\.[0-9]{1,3})?/.exec(text) ?? []
  if (codes === undefined || reply === undefined) return text
  const again = new RegExp(` ${reply}[ -](?:#?[245]\\.[0-9]\\.[0-9]{1,3} )?`, 'g')
  return codes + text.slice(codes.length).replaceAll(again, ' ')
}
