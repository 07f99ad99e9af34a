/** Notices that a page shows after an action. The URL carries only a code and a number, never a sentence. */

export interface Notice {
  readonly tone: 'good' | 'bad'
  readonly text: string
}

type Words = string | ((count: number) => string)

/** Sentences by code: of actions that were taken, and of those that were not. */
interface Wordings<Good extends string, Bad extends string> {
  readonly good: Readonly<Record<Good, Words>>
  readonly bad?: Readonly<Record<Bad, Words>>
}

export interface Notices<Code extends string> {
  /** The part of a URL that names a notice. */
  readonly query: (code: Code, count?: number) => string
  /** The notice that a URL names; undefined for an unknown code or a malformed number. */
  readonly of: (query: URLSearchParams) => (Notice & { readonly code: Code }) | undefined
}

export function notices<Good extends string, Bad extends string = never>({
  good,
  bad = {} as Readonly<Record<Bad, Words>>,
}: Wordings<Good, Bad>): Notices<Good | Bad> {
  const all = new Map<string, readonly [Notice['tone'], Words]>([
    ...Object.entries<Words>(good).map(([code, words]) => [code, ['good', words]] as const),
    ...Object.entries<Words>(bad).map(([code, words]) => [code, ['bad', words]] as const),
  ])
  return {
    query: (code, count) => `notice=${code}${count === undefined ? '' : `&count=${count}`}`,
    of(query) {
      const code = query.get('notice') ?? ''
      const count = query.get('count') ?? '0'
      const found = all.get(code)
      if (found === undefined || !/^[0-9]{1,9}$/.test(count)) return undefined
      const [tone, words] = found
      return {
        code: code as Good | Bad,
        tone,
        text: typeof words === 'string' ? words : words(Number(count)),
      }
    },
  }
}

/** `1 event`, `1,137 events`. */
export const things = (count: number, thing: string): string =>
  `${count.toLocaleString('en')} ${thing}${count === 1 ? '' : 's'}`
