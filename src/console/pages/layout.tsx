/** The frame of every page. */
import type { Child, FC } from 'hono/jsx'
import { html } from 'hono/html'
import { STYLE_PATH } from './style/index.ts'
import { type View, ViewContext } from './view.ts'

export interface FrameProps {
  /** The title, and the heading if there is no other; absent on the first page, which has none. */
  readonly title?: string
  readonly heading?: string
  /** The page above this one. */
  readonly back?: { readonly href: string; readonly text: string }
  /** Whether the page is a column in the middle, as for a form. */
  readonly narrow?: boolean
  /** The `refresh` header's value; absent if the page does not reload itself. */
  readonly refresh?: string | undefined
  /** Top right: the log-out. */
  readonly corner?: Child
  /** Links to the sections of the page. */
  readonly parts?: readonly { readonly id: string; readonly title: string }[]
  /** Below the content. */
  readonly footer?: Child
}

/** The way back to the first page, or to one of its sections. */
export const toConsole = (section?: string) => ({
  href: section === undefined ? '/' : `/#${section}`,
  text: 'Back to the console',
})

const Frame: FC<FrameProps & { children?: Child }> = (props) => {
  const { title, refresh, corner, parts = [], narrow, footer } = props
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        {refresh !== undefined && <meta http-equiv="refresh" content={refresh} />}
        <meta name="robots" content="noindex" />
        <title>{title === undefined ? 'Postern' : `${title} · Postern`}</title>
        <link rel="icon" href="/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href={STYLE_PATH} />
      </head>
      <body>
        <a class="skip" href="#content">
          Skip to content
        </a>
        <header class="top">
          <div class="bar">
            <a class="wordmark" href="/">
              <img src="/icon.svg" alt="" width="26" height="26" />
              Postern
            </a>
            <div class="corner">{corner}</div>
          </div>
          {parts.length > 0 && (
            <nav aria-label="Parts of this page">
              <ul>
                {parts.map(({ id, title: part }) => (
                  <li>
                    <a href={`#${id}`}>{part}</a>
                  </li>
                ))}
              </ul>
            </nav>
          )}
        </header>
        <main id="content" tabindex={-1}>
          {narrow === true ? (
            <div class="narrow">
              <Content {...props} />
            </div>
          ) : (
            <Content {...props} />
          )}
        </main>
        {footer !== undefined && <footer class="bottom">{footer}</footer>}
      </body>
    </html>
  )
}

const Content: FC<FrameProps & { children?: Child }> = ({ title, heading = title, back, children }) => (
  <>
    {back !== undefined && (
      <p>
        <a href={back.href}>{back.text}</a>
      </p>
    )}
    {heading !== undefined && <h1>{heading}</h1>}
    {children}
  </>
)

/** A whole document. */
export const page = (frame: FrameProps, content: Child, view: View) =>
  html`<!doctype html>${(
      <ViewContext.Provider value={view}>
        <Frame {...frame}>{content}</Frame>
      </ViewContext.Provider>
    )}`
