import { DatasetError } from '../errors.ts'
import type { DatasetManifest } from '../manifest/manifest.ts'
import type { DatasetStorage, ReadHandle } from '../storage/storage.ts'
import { hashObject } from './hash-object.ts'
import { expectedPart, PartReader } from './part-reader.ts'
import { runReading, runReadingSync } from './reading.ts'

/** The parts of a dataset, opened when first needed and kept open. */
export class OpenParts {
  readonly #storage: DatasetStorage
  readonly #manifest: DatasetManifest
  readonly #parts: (PartReader | undefined)[] = []

  constructor(storage: DatasetStorage, manifest: DatasetManifest) {
    this.#storage = storage
    this.#manifest = manifest
  }

  async open(index: number): Promise<PartReader> {
    const known = this.#parts[index]
    if (known !== undefined) return known
    const part = this.#manifest.parts[index]!
    const handle = await this.#storage.openRead(part.name).catch((error: unknown) => {
      throw this.#missing(error, part.name)
    })
    try {
      return this.#keep(
        index,
        await runReading(PartReader.open(handle, expectedPart(part, this.#manifest.layout))),
      )
    } catch (error) {
      await handle.close()
      throw error
    }
  }

  openSync(index: number): PartReader {
    const known = this.#parts[index]
    if (known !== undefined) return known
    const part = this.#manifest.parts[index]!
    const handle = this.openFileSync(part.name)
    try {
      return this.#keep(
        index,
        runReadingSync(PartReader.open(handle, expectedPart(part, this.#manifest.layout))),
      )
    } catch (error) {
      void handle.close()
      throw error
    }
  }

  /** Opens any file of the dataset on the calling thread. */
  openFileSync(name: string): ReadHandle {
    if (this.#storage.openReadSync === undefined) {
      throw new DatasetError('invalid-argument', 'This storage cannot be read synchronously; use `read`')
    }
    try {
      return this.#storage.openReadSync(name)
    } catch (error) {
      throw this.#missing(error, name)
    }
  }

  /** Compares the bytes of every part with its hash. @throws DatasetError `corrupt` naming the first that differs */
  async checkHashes(signal?: AbortSignal): Promise<void> {
    for (const [index, { name, sha256 }] of this.#manifest.parts.entries()) {
      const { handle } = await this.open(index)
      const found = await hashObject(handle, signal && { signal })
      if (found === sha256) continue
      const message =
        `${name} in ${this.#storage.location} has sha256 ${found}, expected ${sha256}: its bytes were changed; ` +
        'see `sluice repair`'
      throw new DatasetError('corrupt', message, { file: name })
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#parts.splice(0).map(async (part) => part?.close()))
  }

  /** Another read may have opened the same part meanwhile: the first one stays. */
  #keep(index: number, opened: PartReader): PartReader {
    const known = this.#parts[index]
    if (known === undefined) return (this.#parts[index] = opened)
    void opened.close()
    return known
  }

  /** Turns an error about a missing file into one about an incomplete dataset. */
  #missing(error: unknown, name: string): unknown {
    if (!(error instanceof DatasetError) || error.code !== 'not-found') return error
    const message = `${name} is missing in ${this.#storage.location}`
    return new DatasetError('incomplete', message, { file: name, cause: error })
  }
}
