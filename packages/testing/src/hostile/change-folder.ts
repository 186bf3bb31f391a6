import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A copy of a good dataset, ready to be made bad, and a folder beside it that nothing may touch. */
export interface HostileFolder {
  readonly folder: string
  /** Holds `file`, `part`, `manifest.json` and `tables.safetensors`, which are copies of the dataset's own. */
  readonly outside: string
}

// eslint-disable-next-line typescript/no-explicit-any -- the point is to change what its type forbids
export type Json = any

/** The manifest, without its type. */
export const manifestOf = (folder: string): Json =>
  JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'))
/** The name of the first part. */
export const firstPart = (folder: string): string => manifestOf(folder).parts[0].name
/** Puts other content in the place of a file. */
export const rewrite = (folder: string, name: string, content: string | Uint8Array): void => {
  rmSync(join(folder, name), { recursive: true, force: true })
  writeFileSync(join(folder, name), content)
}

/** Changes the manifest in place. */
export function edit(change: (manifest: Json) => void): (at: HostileFolder) => void {
  return ({ folder }) => {
    const manifest = manifestOf(folder)
    change(manifest)
    rewrite(folder, 'manifest.json', JSON.stringify(manifest))
  }
}
