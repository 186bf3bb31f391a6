/**
 * `node run-peer.ts PEER ENCODING BYTES PASSES FILE…`: encode the beginning of each file with one peer; print the
 * {@link Measurement} of each.
 */
import type { Measurement } from './measurement.ts'
import { type Encode, type MeasuredEncoding, peers } from './peers.ts'
import { readBeginning } from './read-beginning.ts'
import { sha256OfIds } from './sha256-of-ids.ts'

const [name, encoding, limit, passes, ...paths] = process.argv.slice(2)
const peer = peers.find((candidate) => candidate.name === name)
if (peer === undefined) throw new Error(`Unknown peer ${name}`)

const start = performance.now()
const encode = await peer.load(encoding as MeasuredEncoding)
const loadMs = performance.now() - start
const measurements: Measurement[] = []
for (const path of paths) measurements.push(await measure(encode, readBeginning(path, Number(limit))))
console.log(JSON.stringify(measurements))

async function measure(encodeText: Encode, bytes: Uint8Array): Promise<Measurement> {
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
  const cpuSeconds: number[] = []
  const wallSeconds: number[] = []
  let ids: ArrayLike<number> = []
  for (let pass = 0; pass < Number(passes); pass++) {
    const cpu = process.cpuUsage()
    const wall = performance.now()
    const result = encodeText(text, bytes)
    ids = result instanceof Promise ? await result : result
    wallSeconds.push((performance.now() - wall) / 1e3)
    const { user, system } = process.cpuUsage(cpu)
    cpuSeconds.push((user + system) / 1e6)
  }
  const sha256 = sha256OfIds(Uint32Array.from(ids))
  return { loadMs, cpuSeconds, wallSeconds, byteLength: bytes.length, idCount: ids.length, sha256 }
}
