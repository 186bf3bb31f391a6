import {
  DatasetError,
  type DatasetStorage,
  type GrowingObject,
  type ListedEntry,
  type ReadHandle,
  type StagedObject,
} from '@sluice/dataset'

/** What a {@link MemoryStorage} holds: it outlives the storage, as a bucket outlives a process. */
export class MemoryBucket {
  readonly objects = new Map<string, Uint8Array>()
  /** Uploads that were begun and neither published nor discarded. */
  readonly uploads = new Map<string, readonly Uint8Array[]>()
  #uploads = 0

  nextUpload(hint: string): string {
    return `uploads/${hint.replaceAll('/', '.')}.${++this.#uploads}`
  }
}

/** A call of a storage, for whoever delays it or lets it fail. */
export type StorageCall = keyof DatasetStorage | keyof StagedObject | keyof GrowingObject | 'read'

/**
 * A storage in memory that is used as one on another machine: no folders, no files, nothing without waiting, conditional puts.
 *
 * @param before - awaited before each call; what it throws is the call's error
 */
export function memoryStorage(
  bucket: MemoryBucket,
  before: (call: StorageCall, name: string) => Promise<void> | void = () => {},
): DatasetStorage {
  const { objects, uploads } = bucket
  return {
    location: 'memory',
    async stage(hint) {
      await before('stage', hint)
      return new Upload(bucket, bucket.nextUpload(hint), before)
    },
    async grow(name): Promise<GrowingObject> {
      await before('grow', name)
      if (!objects.has(name)) objects.set(name, new Uint8Array(0))
      return {
        async write(bytes, position) {
          await before('write', name)
          const known = objects.get(name)!
          const larger = new Uint8Array(Math.max(known.byteLength, position + bytes.byteLength))
          larger.set(known)
          larger.set(bytes, position)
          objects.set(name, larger)
        },
        async sync() {
          await before('sync', name)
        },
        async publish(published) {
          await before('publish', published)
          if (objects.has(published)) return 'exists'
          objects.set(published, objects.get(name)!)
          return 'created'
        },
        close: async () => {},
      }
    },
    async openRead(name): Promise<ReadHandle> {
      await before('openRead', name)
      const bytes = objects.get(name)
      if (bytes === undefined) throw new DatasetError('not-found', `There is no ${name}`, { file: name })
      return {
        name,
        byteLength: bytes.byteLength,
        async read(target, position) {
          await before('read', name)
          if (position + target.byteLength > bytes.byteLength)
            throw new DatasetError('corrupt', `${name} ends at byte ${bytes.byteLength}`, { file: name })
          target.set(bytes.subarray(position, position + target.byteLength))
        },
        close: async () => {},
      }
    },
    async stat(name) {
      await before('stat', name)
      const bytes = objects.get(name)
      return bytes && { byteLength: bytes.byteLength, modifiedMs: 0 }
    },
    async list(prefix) {
      await before('list', prefix)
      return listNames(objects, prefix === '' ? '' : `${prefix}/`)
    },
    async remove(name) {
      await before('remove', name)
      objects.delete(name)
      uploads.delete(name)
    },
    async removeFolder(prefix) {
      await before('removeFolder', prefix)
      if (prefix === '') return
      for (const name of [...objects.keys()]) if (name.startsWith(`${prefix}/`)) objects.delete(name)
    },
    async leftovers() {
      await before('leftovers', '')
      return [...uploads].map(([name, chunks]) => ({ name, byteLength: sizeOf(chunks), modifiedMs: 0 }))
    },
    async freeBytes() {
      await before('freeBytes', '')
      return Infinity
    },
  }
}

class Upload implements StagedObject {
  byteLength = 0
  readonly #bucket: MemoryBucket
  readonly #id: string
  readonly #before: NonNullable<Parameters<typeof memoryStorage>[1]>
  #chunks: readonly Uint8Array[] = []
  #writing = false

  constructor(bucket: MemoryBucket, id: string, before: NonNullable<Parameters<typeof memoryStorage>[1]>) {
    this.#bucket = bucket
    this.#id = id
    this.#before = before
    bucket.uploads.set(id, this.#chunks)
  }

  async write(buffers: readonly Uint8Array[]): Promise<void> {
    if (this.#writing) throw new Error('write was called before the last one was done')
    this.#writing = true
    try {
      await this.#before('write', this.#id)
      // Copied after the wait: a caller that reuses its buffers too early is seen.
      this.#chunks = [...this.#chunks, ...buffers.map((buffer) => buffer.slice())]
      this.byteLength = sizeOf(this.#chunks)
      this.#bucket.uploads.set(this.#id, this.#chunks)
    } finally {
      this.#writing = false
    }
  }

  async publish(name: string): Promise<'created' | 'exists'> {
    await this.#before('publish', name)
    const { objects, uploads } = this.#bucket
    if (!uploads.delete(this.#id)) throw new DatasetError('invalid-argument', `${name} was ended before`)
    if (objects.has(name)) return 'exists'
    objects.set(name, Uint8Array.from(Buffer.concat(this.#chunks)))
    return 'created'
  }

  async discard(): Promise<void> {
    // A process that is dead discards nothing.
    try {
      await this.#before('discard', this.#id)
      this.#bucket.uploads.delete(this.#id)
    } catch {}
  }
}

function listNames(objects: ReadonlyMap<string, Uint8Array>, prefix: string): readonly ListedEntry[] {
  const entries = new Map<string, ListedEntry>()
  for (const [path, { byteLength }] of objects) {
    if (!path.startsWith(prefix)) continue
    const [first = '', ...deeper] = path.slice(prefix.length).split('/')
    const name = deeper.length === 0 ? first : `${first}/`
    entries.set(name, { name, byteLength: deeper.length === 0 ? byteLength : 0, modifiedMs: 0 })
  }
  return [...entries.values()].toSorted((left, right) => (left.name < right.name ? -1 : 1))
}

function sizeOf(chunks: readonly Uint8Array[]): number {
  return chunks.reduce((sum, { byteLength }) => sum + byteLength, 0)
}
