import { corpusLimits } from '../../limits.ts'
import { brokenArrow } from './arrow-error.ts'
import { decodeFooter, trailerBytes } from './footer.ts'
import { fileMark } from './framing.ts'

/** What follows the end mark of the messages: the footer of a file, and nothing in a stream. */
export class FileEnd {
  readonly #source: string
  readonly #isFile: boolean
  #bytes: Uint8Array[] = []
  #byteLength = 0
  #tooLong = false

  constructor(source: string, isFile: boolean) {
    this.#source = source
    this.#isFile = isFile
  }

  /** Takes bytes behind the end mark; of a footer beyond the limit none are held. */
  add(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    this.#byteLength += bytes.length
    this.#tooLong ||= this.#byteLength > corpusLimits.metadataBytes.most
    if (this.#tooLong) this.#bytes = []
    else this.#bytes.push(new Uint8Array(bytes))
  }

  /**
   * Checks the end once all of it is there.
   *
   * @throws CorpusError `broken-file` if it is no footer, lists other than `batches` record batches, or follows a stream
   */
  async check(position: number, batches: number): Promise<void> {
    if (!this.#isFile) {
      if (this.#byteLength > 0) throw this.#broken(position, 'something follows its end mark')
      return
    }
    const bytes = Buffer.concat(this.#bytes)
    if (this.#tooLong || !bytes.toString('latin1', bytes.length - fileMark.length).endsWith(fileMark))
      throw this.#broken(position, `it does not end with ${fileMark}`)
    const footer = await decodeFooter(bytes.subarray(0, -trailerBytes), this.#source, position)
    if (footer.batches.length !== batches)
      throw this.#broken(
        position,
        `its footer lists ${footer.batches.length} record batches, it has ${batches}`,
      )
  }

  #broken(position: number, what: string): Error {
    return brokenArrow(this.#source, position, what)
  }
}
