import { hash } from 'node:crypto'
import { resolve } from 'node:path'
import { isPlainRelativePath } from '@sluice/confined-file'
import { isLocalLocator, smallFileBytes, type SmallFileReader } from '@sluice/corpus'
import type { PlannedSource } from '../plan/plan.ts'
import { copiesIn, type SourceAccess } from './source-access.ts'

/** Whether a source of a plan is compared with its hash whenever it is read: it takes no longer than asking when it was touched. */
export function isSmallSource({ byteLength }: Pick<PlannedSource, 'byteLength'>): boolean {
  return byteLength <= smallFileBytes
}

/**
 * Reads small sources of a plan, whole and without waiting. It knows local files with the plan's content; any other source, and any
 * that is not as it should be, is left to `openPlannedSource`.
 */
export class SmallSources {
  readonly #reader: SmallFileReader
  readonly #access: SourceAccess
  readonly #copies: ReadonlyMap<string, string>

  private constructor(reader: SmallFileReader, access: SourceAccess, copies: ReadonlyMap<string, string>) {
    this.#reader = reader
    this.#access = access
    this.#copies = copies
  }

  static async open(reader: SmallFileReader, access: SourceAccess): Promise<SmallSources> {
    return new SmallSources(reader, access, await copiesIn(access))
  }

  /** @returns the source's bytes, valid until the next call, and what messages call it */
  read(planned: PlannedSource): { readonly name: string; readonly bytes: Uint8Array } | undefined {
    const { name: locator, byteLength, sha256 } = planned
    if (!isSmallSource(planned) || !isLocalLocator(locator) || this.#copies.has(sha256)) return undefined
    const { roots, within } = this.#access
    const [root] = roots ?? []
    if (roots !== undefined && (root === undefined || !isPlainRelativePath(locator))) return undefined
    const name = root === undefined ? locator : resolve(root, locator)
    const bytes = this.#reader.read(name, root === undefined ? within : [root], byteLength)
    if (bytes?.length !== byteLength || hash('sha256', bytes) !== sha256) return undefined
    return { name, bytes }
  }
}
