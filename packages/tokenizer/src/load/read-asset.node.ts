import { readFile } from 'node:fs/promises'
import { readAsset as fetchAsset } from './read-asset.browser.ts'

/** Read a file that ships with this package. */
export async function readAsset(url: URL | string): Promise<Uint8Array<ArrayBuffer>> {
  const href = String(url)
  if (/^(?:https?|data|blob):/i.test(href)) return fetchAsset(url)
  return readFile(/^file:/i.test(href) ? new URL(href) : url)
}
