/**
 * `npm run build:wasm [-- --check]`: assembles every WebAssembly module written as text into the source file that carries
 * its bytes; with `--check`, only sees that what is committed is what the text gives.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { sourceFor, wasmModules } from './assemble.ts'

const check = process.argv.includes('--check')
for (const { text, source } of wasmModules) {
  const assembled = await sourceFor(text)
  if (!check) await writeFile(source, assembled)
  else if ((await readFile(source, 'utf8')) !== assembled) {
    throw new Error(`${source} is not what ${text} gives: \`npm run build:wasm\``)
  }
}
