/** `tokenizer-alone.ts FILE`: the seconds of a first pass over a file in memory, the vocabulary's loading excluded. */
import { readFileSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import { getEncoding } from '@sluice/tokenizer'

const bytes = readFileSync(process.argv[2]!)
const encoding = await getEncoding('gpt2')
const target = new Uint32Array(1 << 20)
const started = performance.now()
for (let at = 0; at < bytes.length;) {
  const near = Math.min(at + (1 << 19), bytes.length)
  const cut = near === bytes.length ? near : encoding.findSafeCut(bytes, near)
  encoding.encodeInto(bytes.subarray(at, cut), target)
  at = cut
}
console.log((performance.now() - started) / 1000)
