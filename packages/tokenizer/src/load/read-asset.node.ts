import { readFile } from 'node:fs/promises'

/** Read a file that ships with this package. */
export function readAsset(url: URL): Promise<Uint8Array<ArrayBuffer>> {
  return readFile(url)
}
