/** `node run-peer.ts PEER ENCODING FILE BYTES PASSES`: encode the beginning of a file with one peer; print a {@link Measurement}. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Measurement } from './measurement.ts'
import { type MeasuredEncoding, peers } from './peers.ts'

const [name, encoding, path, byteLength, passes] = process.argv.slice(2)
const peer = peers.find((candidate) => candidate.name === name)
if (peer === undefined) throw new Error(`Unknown peer ${name}`)
const bytes = new Uint8Array(readFileSync(path!)).slice(0, Number(byteLength))
const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)

const start = performance.now()
const encode = await peer.load(encoding as MeasuredEncoding)
const loadMs = performance.now() - start

const cpuSeconds: number[] = []
const wallSeconds: number[] = []
let ids: ArrayLike<number> = []
for (let pass = 0; pass < Number(passes); pass++) {
  const cpu = process.cpuUsage()
  const wall = performance.now()
  const result = encode(text, bytes)
  ids = result instanceof Promise ? await result : result
  wallSeconds.push((performance.now() - wall) / 1e3)
  const { user, system } = process.cpuUsage(cpu)
  cpuSeconds.push((user + system) / 1e6)
}
const sha256 = createHash('sha256')
  .update(new Uint8Array(Uint32Array.from(ids).buffer))
  .digest('hex')
const measurement: Measurement = {
  ...{ loadMs, cpuSeconds, wallSeconds, byteLength: bytes.length },
  idCount: ids.length,
  sha256,
}
console.log(JSON.stringify(measurement))
