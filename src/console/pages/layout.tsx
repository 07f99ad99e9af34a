/** The frame of every page. */
import type { Child, FC } from 'hono/jsx'
import { html } from 'hono/html'
import { STYLE_PATH } from './style/index.ts'

export interface FrameProps {
  readonly title: string
  /** The `refresh` header's value; absent if the page does not reload itself. */
  readonly refresh?: string | undefined
  /** Top right: the log-out. */
  readonly corner?: Child
  /** Links to the sections of the page. */
  readonly parts?: readonly { readonly id: string; readonly title: string }[]
  /** Below the content. */
  readonly footer?: Child
  readonly children?: Child
}

const Frame: FC<FrameProps> = ({ title, refresh, corner, parts = [], footer, children }) => (
  <html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      {refresh === undefined ? '' : <meta http-equiv="refresh" content={refresh} />}
      <meta name="robots" content="noindex" />
      <title>{title}</title>
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
        {parts.length === 0 ? (
          ''
        ) : (
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
        {children}
      </main>
      {footer === undefined ? '' : <footer class="bottom">{footer}</footer>}
    </body>
  </html>
)

/** A whole document. */
export const page = (props: FrameProps) => html`<!doctype html>${<Frame {...props} />}`
