/**
 * `node run-file.ts TOKENIZER_JSON TEXT BYTES PASSES`: load a tokenizer and encode the beginning of a text; print the {@link Measurement}.
 */
import { readFileSync } from 'node:fs'
import { loadTokenizerJson } from '@sluice/tokenizer'
import type { Measurement } from './measurement.ts'
import { readBeginning } from './read-beginning.ts'
import { sha256OfIds } from './sha256-of-ids.ts'

const [file, path, limit, passes] = process.argv.slice(2)
const bytes = readBeginning(path!, Number(limit))
// The memory is in use before the first pass, as it is where texts follow each other.
const target = new Uint32Array(3 * bytes.length).fill(1)
const loadCpu = process.cpuUsage()
const start = performance.now()
const encoding = await loadTokenizerJson(readFileSync(file!))
encoding.encode('one word')
const loadMs = performance.now() - start
const loadUsage = process.cpuUsage(loadCpu)
const cpuSeconds: number[] = []
const wallSeconds: number[] = []
let count = 0
for (let pass = 0; pass < Number(passes); pass++) {
  const cpu = process.cpuUsage()
  const wall = performance.now()
  count = encoding.encodeInto(bytes, target)
  wallSeconds.push((performance.now() - wall) / 1e3)
  const { user, system } = process.cpuUsage(cpu)
  cpuSeconds.push((user + system) / 1e6)
}
const measurement: Measurement = {
  loadMs,
  loadCpuSeconds: (loadUsage.user + loadUsage.system) / 1e6,
  cpuSeconds,
  wallSeconds,
  byteLength: bytes.length,
  idCount: count,
  sha256: sha256OfIds(target.subarray(0, count)),
}
console.log(JSON.stringify(measurement))
