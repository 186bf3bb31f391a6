import type { IncomingMessage } from 'node:http'

/** What a response says about which content it belongs to. */
export class Version {
  /** Length of the whole, not of the range. */
  readonly byteLength: number | undefined
  /** Strong ETag: two contents with the same one are the same, byte for byte. */
  readonly etag: string | undefined
  readonly lastModified: string | undefined
  /** First byte of a range. */
  readonly rangeStart: number | undefined

  constructor(
    byteLength: number | undefined,
    etag: string | undefined,
    lastModified: string | undefined,
    rangeStart: number | undefined,
  ) {
    this.byteLength = byteLength
    this.etag = etag
    this.lastModified = lastModified
    this.rangeStart = rangeStart
  }

  /** The server says enough to notice that the content is another one. */
  get vouched(): boolean {
    return this.etag !== undefined || this.lastModified !== undefined
  }

  /** Why `now` is another content, if it is. */
  differenceTo(now: Version): string | undefined {
    if (this.etag !== now.etag) return `its ETag was ${this.etag ?? 'none'} and is ${now.etag ?? 'none'}`
    if (this.byteLength !== now.byteLength) {
      return `its length was ${this.byteLength ?? 'unknown'} and is ${now.byteLength ?? 'unknown'}`
    }
    if (this.etag === undefined && this.lastModified !== now.lastModified) {
      return `its date was ${this.lastModified ?? 'none'} and is ${now.lastModified ?? 'none'}`
    }
    return undefined
  }
}

/** @param bodyLength bytes of the body, where it was read whole and the server did not say */
export function versionOf(response: IncomingMessage, bodyLength: number): Version {
  const { etag, 'last-modified': lastModified, 'content-range': range = '' } = response.headers
  const match = /^bytes (?:(\d+)-\d+|\*)\/(\d+|\*)$/.exec(range)
  const strong = etag !== undefined && etag.startsWith('"') ? etag : undefined
  return new Version(totalBytes(response, match?.[2], bodyLength), strong, lastModified, numberOf(match?.[1]))
}

function totalBytes(
  response: IncomingMessage,
  total: string | undefined,
  bodyLength: number,
): number | undefined {
  if (response.statusCode === 206) return numberOf(total)
  if (response.statusCode === 416) return numberOf(total) ?? bodyLength
  return numberOf(response.headers['content-length'])
}

function numberOf(digits: string | undefined): number | undefined {
  return digits === undefined || !/^\d+$/.test(digits) ? undefined : Number(digits)
}
