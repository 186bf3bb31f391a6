import { writeFile } from 'node:fs/promises'
import { sourceFor, wasmModules } from './assemble.ts'

for (const { text, source } of wasmModules) await writeFile(source, await sourceFor(text))
