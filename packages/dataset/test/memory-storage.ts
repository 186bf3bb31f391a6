import { DatasetError, type DatasetStorage, type ReadHandle } from '../src/index.ts'

/** A storage in memory, as an object store would be one: no folders, no temporary names, conditional puts. */
export function memoryStorage(objects: Map<string, Uint8Array>): DatasetStorage {
  const openReadSync = (name: string): ReadHandle => {
    const bytes = objects.get(name)
    if (bytes === undefined) throw new DatasetError('not-found', `There is no ${name}`, { file: name })
    const readSync = (target: Uint8Array, position: number): void => {
      if (position + target.byteLength > bytes.byteLength) {
        throw new DatasetError('corrupt', `${name} ends at byte ${bytes.byteLength}`, { file: name })
      }
      target.set(bytes.subarray(position, position + target.byteLength))
    }
    return {
      name,
      byteLength: bytes.byteLength,
      readSync,
      read: async (target, position) => {
        readSync(target, position)
      },
      close: async () => undefined,
    }
  }
  return {
    location: 'memory',
    stage: () => {
      const chunks: Buffer[] = []
      let byteLength = 0
      return {
        get byteLength() {
          return byteLength
        },
        write: (buffers) => {
          for (const buffer of buffers) {
            chunks.push(Buffer.from(buffer))
            byteLength += buffer.byteLength
          }
        },
        publish: async (name) => {
          if (objects.has(name)) return 'exists'
          objects.set(name, Uint8Array.from(Buffer.concat(chunks)))
          return 'created'
        },
        discard: async () => undefined,
      }
    },
    openRead: async (name) => openReadSync(name),
    openReadSync,
    stat: async (name) => {
      const bytes = objects.get(name)
      return bytes && { byteLength: bytes.byteLength, modifiedMs: 0 }
    },
    list: async (prefix) =>
      [...objects.keys()]
        .filter((name) => name.startsWith(`${prefix}/`))
        .map((name) => name.slice(prefix.length + 1))
        .toSorted(),
    remove: async (name) => {
      objects.delete(name)
    },
  }
}
