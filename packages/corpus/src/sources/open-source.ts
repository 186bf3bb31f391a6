import { CorpusError } from '../errors.ts'
import type { HttpOptions } from '../http/http-options.ts'
import type { S3Options } from '../s3/s3-options.ts'
import type { ByteSource } from '../bytes/byte-source.ts'
import { schemeOf } from '../bytes/locator.ts'
import { openLocalFile } from './local-file.ts'
import { PipeSource } from './pipe.ts'

/** How to reach sources. */
export interface SourceOptions {
  readonly http?: HttpOptions
  readonly s3?: S3Options
  /** Whether local files and standard input may be read: `false` for jobs that somebody else wrote. @default true */
  readonly local?: boolean
  /**
   * Folders, and files, that local files must lie in, for locators that somebody else chose. What was opened is checked, not its
   * name: links are followed, and neither they nor a swap lead out. Nothing but files is read then.
   * @default any file, named pipe or device
   */
  readonly within?: readonly string[]
}

/** Loaded where a source is on the network: Node's own HTTP modules take longer to load than a small run. */
async function loadRemote() {
  const [{ openHttp }, { openS3 }] = await Promise.all([
    import('../http/http-source.ts'),
    import('../s3/s3-source.ts'),
  ])
  return { openHttp, openS3 }
}

/**
 * Opens a source by its locator: a path, `-` for standard input, `http(s)://…` or `s3://bucket/key`. A locator is plain
 * text, so a worker thread or another machine can open the same source. Close it with `await using` or its
 * `Symbol.asyncDispose`.
 *
 * @throws CorpusError with the code that fits; the message names the locator
 */
export async function openSource(locator: string, options: SourceOptions = {}): Promise<ByteSource> {
  const scheme = schemeOf(locator)
  switch (scheme) {
    case 'http':
    case 'https':
      if (!URL.canParse(locator))
        throw new CorpusError('invalid-options', 'is not a valid URL', { source: locator })
      return (await loadRemote()).openHttp(locator, options.http)
    case 's3':
      return (await loadRemote()).openS3(locator, options.s3, options.http)
    case undefined:
      if (options.local === false) {
        throw new CorpusError('address-refused', 'local files are not allowed here; give a URL', {
          source: locator,
        })
      }
      if (locator !== '-' || options.within !== undefined) return openLocalFile(locator, options.within)
      return new PipeSource('-', process.stdin)
    default: {
      const message = `the scheme ${scheme}:// is not known; give a path, -, http(s):// or s3://`
      throw new CorpusError('invalid-options', message, { source: locator })
    }
  }
}
