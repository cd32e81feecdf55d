import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as esbuild from 'esbuild'

/** A file of the page as a browser asks for it. */
export interface PageFile {
  readonly path: string
  readonly contentType: string
  readonly body: Uint8Array
}

let built: Promise<PageFile[]> | undefined

/**
 * The local page: `/`, its script and its style sheet. It is built in memory when it is first asked
 * for, in a fraction of a second.
 *
 * Nothing in it points to another host. Serve it with one of `contentSecurityPolicies`.
 */
export function bundlePage(): Promise<PageFile[]> {
  return (built ??= build())
}

async function build(): Promise<PageFile[]> {
  const folder = import.meta.dirname
  const [page, { outputFiles }] = await Promise.all([
    readFile(join(folder, 'index.html')),
    esbuild.build({
      absWorkingDir: folder,
      entryPoints: { page: 'main.tsx', 'page-style': 'style/page.css' },
      outdir: '/',
      write: false,
      bundle: true,
      format: 'esm',
      target: 'es2024',
      legalComments: 'none',
      logLevel: 'silent',
    }),
  ])
  const files = outputFiles.map(({ path, contents }) => ({
    path: path.endsWith('.css') ? '/page.css' : '/page.js',
    contentType: path.endsWith('.css')
      ? 'text/css; charset=utf-8'
      : 'text/javascript; charset=utf-8',
    body: contents,
  }))
  return [{ path: '/', contentType: 'text/html; charset=utf-8', body: page }, ...files]
}
