/** The frame of every page: search, navigation, content. */
import type { Child, FC } from 'hono/jsx'
import { html } from 'hono/html'
import { whoWord } from '../messages/actor.ts'
import { Action, Facts, Hidden } from './components.tsx'
import { SCRIPT_PATH, STYLE_PATH } from './files.ts'
import { type Entry, NAVIGATION, type Place, entryOf, isUnder, shownTo } from './navigation.ts'
import { type View, ViewContext, useView } from './view.ts'

export interface FrameProps {
  /** The title, and the heading if there is no other. */
  readonly title: string
  readonly heading?: Child
  /** Beside the heading: how the thing does, and in soft words which one it is. */
  readonly beside?: Child
  /** The page above this one. */
  readonly back?: { readonly href: string; readonly text: string }
  /** Whether the page is a column in the middle, as for a form. */
  readonly narrow?: boolean
  /** The `refresh` header's value; absent if the page does not reload itself. */
  readonly refresh?: string | undefined
  /** Whether its parts keep up by themselves, as far as nobody reads them. */
  readonly refreshes?: true
  /** Beside the heading: the page's own action, or the way to load it again. */
  readonly aside?: Child
  /** Pages of the same thing: its name, and where each is. */
  readonly tabs?: { readonly label: string; readonly places: readonly Place[] }
  /** Links to the parts of a long page. */
  readonly parts?: readonly { readonly id: string; readonly title: string }[]
  /** Whether the page has errors at its fields: its title says so first. */
  readonly isWrong?: boolean | undefined
}

const Frame: FC<FrameProps & { children?: Child }> = (props) => {
  const { title, refresh, refreshes, narrow = false, isWrong = false } = props
  const { actor, path, preferences } = useView()
  const isKnown = actor.role !== null
  const entry = entryOf(path)
  const { theme, density, keys } = preferences
  const titles = [title, ...(entry === undefined || entry.text === title ? [] : [entry.text]), 'Postern']
  return (
    <html lang="en" data-theme={theme} data-density={density} data-keys={keys}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        {refresh !== undefined && <meta http-equiv="refresh" content={refresh} />}
        <meta name="robots" content="noindex" />
        <title>{`${isWrong ? 'Error: ' : ''}${titles.join(' · ')}`}</title>
        <link rel="icon" href="/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href={STYLE_PATH} />
        <script src={SCRIPT_PATH} defer />
      </head>
      <body>
        <a class="skip" href="#content">
          Skip to content
        </a>
        <header class="top">
          <a class="wordmark" href="/">
            <img src="/icon.svg" alt="" width="26" height="26" />
            <span>Postern</span>
          </a>
          {isKnown && <Search />}
          {isKnown && <Corner />}
        </header>
        {isKnown && <Navigation />}
        <main id="content" tabindex={-1} class={narrow ? 'narrow' : undefined} data-refresh={refreshes && ''}>
          <Content {...props} />
        </main>
        {isKnown && <Palette />}
        {isKnown && <Keys />}
      </body>
    </html>
  )
}

/** The field is posted: an address in a URL would stay in the history of the browser. */
const Search: FC = () => (
  <search>
    <form method="post" action="/search">
      <Hidden fields={{ form_token: useView().formToken }} />
      <label class="visually-hidden" for="search">
        Search
      </label>
      <input
        id="search"
        name="q"
        type="search"
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
        maxlength={1_000}
        placeholder="Search or jump to…"
      />
      <kbd aria-hidden="true">Ctrl K</kbd>
    </form>
  </search>
)

/** For the script, which fills the list. What is no name of a thing is searched as by the field above. */
const Palette: FC = () => (
  <dialog id="palette" aria-label="Search or jump to">
    <form method="post" action="/search">
      <Hidden fields={{ form_token: useView().formToken }} />
      <input
        name="q"
        role="combobox"
        aria-label="Search or jump to"
        aria-autocomplete="list"
        aria-controls="found"
        aria-expanded="false"
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
        maxlength={1_000}
        placeholder="A name, address, id, network or page"
      />
    </form>
    <ul id="found" role="listbox" aria-label="Found" />
    <p class="soft">
      <kbd>↑</kbd> <kbd>↓</kbd> choose, <kbd>Enter</kbd> opens, <kbd>?</kbd> outside of fields lists all keys
    </p>
  </dialog>
)

const Corner: FC = () => {
  const { actor, preferences } = useView()
  const who = whoWord(actor)
  return (
    <div class="corner">
      <a class="zone" href="/look" data-open="dialog">
        Times in <span data-zone>{preferences.zone}</span>
      </a>
      <details class="menu">
        <summary class="initials">
          <span class="visually-hidden">Account: {who}, </span>
          {who.slice(0, 2).toUpperCase()}
        </summary>
        <div>
          <a href="/access">{who}</a>
          <a href="/look" data-open="dialog">
            Look and time zone
          </a>
          {shownTo(actor, NAVIGATION)
            .filter(({ isWideOnly }) => isWideOnly)
            .map(({ href, text }) => (
              <a class="phone-only" href={href}>
                {text}
              </a>
            ))}
          <Action action="/logout" label="Log out" quiet />
        </div>
      </details>
    </div>
  )
}

const Navigation: FC = () => {
  const { actor, path, openIncidents } = useView()
  const here = entryOf(path)
  return (
    <nav class="side" aria-label="Main">
      <ul>
        {shownTo(actor, NAVIGATION).map((entry) => (
          <li class={navigationClass(entry)}>
            <a href={entry.href} data-go={entry.key} aria-current={entry === here ? 'page' : undefined}>
              <svg viewBox="0 0 16 16" aria-hidden="true">
                <path d={entry.icon} />
              </svg>
              {entry.text}
              {entry.counts === 'incidents' && openIncidents > 0 && (
                <>
                  {' '}
                  <span class="badge bad">
                    {openIncidents}
                    <span class="visually-hidden"> open</span>
                  </span>
                </>
              )}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  )
}

const navigationClass = ({ beginsGroup, isWideOnly }: Entry): string | undefined =>
  [beginsGroup === true ? 'begins-group' : '', isWideOnly === true ? 'wide-only' : ''].join(' ').trim() ||
  undefined

/** Links to pages beside this one, or to parts of it. */
const Tabs: FC<{ label: string; tabs: readonly Place[] }> = ({ label, tabs }) => {
  const { path } = useView()
  // A page of one thing is under the first tab as well.
  const here = tabs.findLast(({ href }) => isUnder(path, href))
  return (
    <nav class="tabs" aria-label={label}>
      <ul>
        {tabs.map((tab) => (
          <li>
            <a href={tab.href} aria-current={tab === here ? 'page' : undefined}>
              {tab.text}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  )
}

/** Keys of every page, for whoever presses `?`. */
const KEYS = [
  ['/, Ctrl K', 'search, or jump to anything that has a name'],
  ['j, k', 'next and previous row'],
  ['Enter', 'open the row'],
  ['[, ]', 'page before and after'],
  ['p', 'pause what updates by itself'],
] as const

const Keys: FC = () => {
  const { actor } = useView()
  const ways = shownTo(actor, NAVIGATION).map(({ key, text }) => [`g ${key}`, `go to ${text}`] as const)
  return (
    <dialog id="keys" aria-labelledby="keys-title">
      <h2 id="keys-title">Keys</h2>
      <Facts rows={[...KEYS, ...ways].map(([key, does]) => [<kbd>{key}</kbd>, does])} />
      <form method="dialog">
        <button type="submit">Close</button>
      </form>
    </dialog>
  )
}

const Content: FC<FrameProps & { children?: Child }> = ({
  title,
  heading = title,
  beside,
  back,
  aside,
  tabs: own,
  parts = [],
  children,
}) => {
  const { actor, path, cameFrom } = useView()
  const entry = actor.role === null ? undefined : entryOf(path)
  const tabs = shownTo(actor, entry?.tabs ?? [])
  return (
    <>
      {back === undefined ? (
        entry !== undefined && tabs.length > 1 && <Tabs label={entry.text} tabs={tabs} />
      ) : (
        <p class="back">
          {/* The list as it was narrowed. */}
          <a href={cameFrom?.startsWith(`${back.href}?`) === true ? cameFrom : back.href}>{back.text}</a>
        </p>
      )}
      <div class="page-head">
        <h1>{heading}</h1>
        {beside}
        {aside !== undefined && <div class="aside">{aside}</div>}
      </div>
      {own !== undefined && <Tabs label={own.label} tabs={shownTo(actor, own.places)} />}
      {parts.length > 0 && (
        <Tabs
          label="Parts of this page"
          tabs={parts.map(({ id, title: text }) => ({ href: `#${id}`, text }))}
        />
      )}
      {children}
    </>
  )
}

/** A whole document. */
export const page = (frame: FrameProps, content: Child, view: View) =>
  html`<!doctype html>${(
      <ViewContext.Provider value={view}>
        <Frame {...frame}>{content}</Frame>
      </ViewContext.Provider>
    )}`
