import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import wabt from 'wabt'

const root = new URL('../../', import.meta.url)

/** Every WebAssembly module of the project: its text, and the source file that carries its bytes. */
export const wasmModules = [
  {
    text: 'packages/torch-random/src/wasm/normal.wat',
    source: 'packages/torch-random/src/wasm/normal-module.ts',
  },
  { text: 'packages/embedding/src/wasm/embed.wat', source: 'packages/embedding/src/wasm/embed-module.ts' },
].map(({ text, source }) => ({
  text: fileURLToPath(new URL(text, root)),
  source: fileURLToPath(new URL(source, root)),
}))

/** The source file for the module whose text is at `path`. */
export async function sourceFor(path: string): Promise<string> {
  const toolkit = await wabt()
  const name = basename(path)
  const module = toolkit.parseWat(name, await readFile(path, 'utf8'), {
    simd: true,
    bulk_memory: true,
    relaxed_simd: true,
  })
  module.validate()
  const { buffer } = module.toBinary({})
  module.destroy()
  const lines = (
    Buffer.from(buffer)
      .toString('base64')
      .match(/.{1,96}/gu) ?? []
  ).map((line) => `  '${line}'`)
  return `/** The bytes of ${name}, assembled by \`npm run build:wasm\`, in base64. */\nexport const base64 =\n${lines.join(' +\n')}\n`
}
