import { DatasetError } from '../errors.ts'
import { readLoneIds, type LoneId } from '../lists/lone-ids.ts'
import type { Dataset } from '../reader/dataset.ts'
import type { TokenRunBuilder } from './token-run.ts'

/** Puts the documents of one id, which no row holds, between the documents of the rows. */
export class LoneDocuments {
  readonly #ids: AsyncIterator<LoneId, void>
  #next: LoneId | undefined

  private constructor(ids: AsyncIterator<LoneId, void>) {
    this.#ids = ids
  }

  static async open({ storage, manifest: { loneIds, layout } }: Dataset): Promise<LoneDocuments> {
    const list = loneIds ?? { count: 0, files: [] }
    const opened = new LoneDocuments(readLoneIds(storage, list, layout.vocabSize)[Symbol.asyncIterator]())
    await opened.#advance()
    return opened
  }

  /** Whether {@link addBefore} has something to add. */
  isBefore(document: number): boolean {
    return this.#next !== undefined && this.#next.document <= document
  }

  /**
   * Adds the documents that come before another one.
   *
   * @throws DatasetError `corrupt` where that one is among them
   */
  async addBefore(document: number, builder: TokenRunBuilder): Promise<void> {
    for (; this.isBefore(document); await this.#advance()) {
      const { id, document: own } = this.#next!
      if (own === document) {
        throw new DatasetError(
          'corrupt',
          `Document ${document} has rows, and is listed as one of a single id`,
        )
      }
      builder.begin()
      builder.add(id)
    }
  }

  async #advance(): Promise<void> {
    const { value } = await this.#ids.next()
    this.#next = value ?? undefined
  }
}
