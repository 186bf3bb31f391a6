import { readAsset } from '#read-asset'

/**
 * A file of this package: its bytes, or where it is. A string is a URL; in Node also the path of a file. For bundlers that do not
 * find files by `new URL(…, import.meta.url)`, or programs without a file system.
 */
export type Asset = Uint8Array | URL | string

/** The bytes of an asset. */
export async function bytesOfAsset(asset: Asset): Promise<Uint8Array<ArrayBuffer>> {
  return asset instanceof Uint8Array ? Uint8Array.from(asset) : readAsset(asset)
}
