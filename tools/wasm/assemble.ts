import { globSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import wabt from 'wabt'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Every WebAssembly module that is written as text, and the source file that carries its bytes. */
export const wasmModules = globSync('packages/*/src/wasm/*.wat', { cwd: root }).map((path) => {
  const text = join(root, path)
  return { text, source: text.replace(/\.wat$/, '-module.ts') }
})

const features = { simd: true, bulk_memory: true, relaxed_simd: true, threads: true }

/** The source file for the module whose text is at `path`. */
export async function sourceFor(path: string): Promise<string> {
  const toolkit = await wabt()
  const name = basename(path)
  const module = toolkit.parseWat(name, await readFile(path, 'utf8'), features)
  // Its types leave the parameter out; without it, shared memory is refused.
  ;(module as { validate(features: object): void }).validate(features)
  const { buffer } = module.toBinary({})
  module.destroy()
  const lines = (
    Buffer.from(buffer)
      .toString('base64')
      .match(/.{1,96}/gu) ?? []
  ).map((line) => `  '${line}'`)
  return `/** The bytes of ${name}, assembled by \`npm run build:wasm\`, in base64. */\nexport const base64 =\n${lines.join(' +\n')}\n`
}
