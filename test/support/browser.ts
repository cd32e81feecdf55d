import { accessSync, constants } from 'node:fs'
import { after, test } from 'node:test'
import type { TestContext } from 'node:test'
import { chromium } from 'playwright-core'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { startService } from './service.ts'
import type { TestService, TestServiceOptions } from './service.ts'

const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
]

// A browser that asks nobody for anything, and works in a container.
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // A microphone that hums, and nobody to ask for it.
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
]
const REPORT_VIOLATIONS = `
  document.addEventListener('securitypolicyviolation', (event) =>
    console.error('policy: ' + event.violatedDirective + ' ' + event.blockedURI))`
const WAIT_MS_MAX = 60_000
const executablePath = PLACES.find(isExecutable)

// One for all tests of a file.
let browser: Promise<Browser> | undefined
after(async () => (await browser)?.close())

/** What a test of the page works with. */
export interface Visit {
  readonly service: TestService
  /** Opens the page in a browser profile of its own. */
  readonly open: (options?: OpenOptions) => Promise<Page>
}

export interface OpenOptions extends BrowserContextOptions {
  /** @default '/' */
  readonly path?: string
  /** Complaints of the browser that the test provokes. */
  readonly expected?: RegExp
}

export interface PageTestOptions extends TestServiceOptions {
  readonly body: (visit: Visit, t: TestContext) => Promise<void>
}

/**
 * A test in a real browser against a real service.
 *
 * It also fails when the page writes to the console, violates its own policy, throws, or sends a
 * request to any other host. Without a Chromium it is skipped.
 */
export function pageTest(name: string, options: PageTestOptions): void {
  const skip = executablePath ? false : 'there is no Chromium on this machine'
  test(name, { skip }, async (t) => {
    const service = await startService(t, { hasPage: true, ...options })
    const problems: string[] = []
    await options.body({ service, open: (wish) => open(t, { service, problems, ...wish }) }, t)
    if (problems.length > 0) throw new Error(`The page has problems:\n${problems.join('\n')}`)
  })
}

interface OpenParts extends OpenOptions {
  readonly service: TestService
  readonly problems: string[]
}

async function open(t: TestContext, parts: OpenParts): Promise<Page> {
  const { service, problems, path = '/', expected, ...options } = parts
  const context = await (await launch()).newContext({ locale: 'en-US', ...options })
  t.after(() => context.close())
  context.setDefaultTimeout(WAIT_MS_MAX)
  const report = (problem: string) => {
    if (!expected?.test(problem)) problems.push(problem)
  }
  context.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) report(message.text())
  })
  context.on('weberror', (error) => report(error.error().message))
  context.on('request', (request) => {
    const url = new URL(request.url())
    const isOwn = url.origin === new URL(service.url).origin || url.protocol === 'data:'
    if (!isOwn) report(`a request to ${url.href}`)
  })
  await context.addInitScript({ content: REPORT_VIOLATIONS })
  const page = await context.newPage()
  await page.goto(service.url + path)
  return page
}

function launch(): Promise<Browser> {
  if (browser) return browser
  if (executablePath === undefined) throw new Error('there is no Chromium')
  browser = chromium.launch({ executablePath, args: ARGUMENTS, timeout: WAIT_MS_MAX })
  return browser
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
