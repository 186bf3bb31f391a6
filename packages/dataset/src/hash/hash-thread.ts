import { Worker } from 'node:worker_threads'
import { DatasetError } from '../error.ts'
import type { Sha256 } from './sha256.ts'

/** Bytes handed over at a time, and how many of these may wait. */
const slotByteLength = 2 << 20
const slotCount = 8
const digestByteLength = 32

/** What a slot's state says besides a number of bytes. */
const free = 0
const endOfInput = -1
const dropInput = -2

/** A thread that does not answer for this long is lost. */
const patienceMs = 60_000

/**
 * The other side, as text, because a file would have another name in the source tree, in the build and in a bundle.
 * It takes slots in turn: bytes to hash, or a request for the digest.
 */
const threadSource = `
  const { workerData } = require('node:worker_threads')
  const { createHash } = require('node:crypto')
  const { memory, control, slotByteLength, slotCount, digestByteLength } = workerData
  const state = new Int32Array(control, 0, slotCount)
  const result = new Uint8Array(control, 4 * slotCount, digestByteLength)
  let hash = createHash('sha256')
  for (let slot = 0; ; slot = (slot + 1) % slotCount) {
    Atomics.wait(state, slot, ${free})
    const bytes = Atomics.load(state, slot)
    if (bytes > 0) hash.update(new Uint8Array(memory, slot * slotByteLength, bytes))
    else {
      if (bytes === ${endOfInput}) result.set(hash.digest())
      hash = createHash('sha256')
    }
    Atomics.store(state, slot, ${free})
    Atomics.notify(state, slot)
  }
`

/**
 * Computes a sha256 on a thread of its own while the caller writes: what `sha256` takes (about 0.6 s a GB) overlaps with
 * what the disk takes. The bytes are copied once, into a ring of 16 MiB that bounds how far the caller may run ahead.
 */
export class HashThread implements Sha256 {
  /** Threads that wait for their next part: starting one takes longer than hashing a small part. */
  static readonly #idle: HashThread[] = []

  readonly #memory = new SharedArrayBuffer(slotByteLength * slotCount)
  readonly #control = new SharedArrayBuffer(4 * slotCount + digestByteLength)
  readonly #bytes = new Uint8Array(this.#memory)
  readonly #state = new Int32Array(this.#control, 0, slotCount)
  #slot = 0
  /** Bytes in the current slot. */
  #filled = 0
  #failure: unknown

  private constructor() {
    const worker = new Worker(threadSource, {
      eval: true,
      workerData: {
        memory: this.#memory,
        control: this.#control,
        slotByteLength,
        slotCount,
        digestByteLength,
      },
    })
    worker.on('error', (error) => {
      this.#failure = error
    })
    worker.unref()
  }

  /** An idle thread, or a new one. */
  static take(): HashThread {
    return HashThread.#idle.pop() ?? new HashThread()
  }

  update(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.byteLength;) {
      if (this.#filled === 0) this.#waitForSlot(this.#slot)
      const count = Math.min(slotByteLength - this.#filled, bytes.byteLength - done)
      this.#bytes.set(bytes.subarray(done, done + count), this.#slot * slotByteLength + this.#filled)
      this.#filled += count
      done += count
      if (this.#filled === slotByteLength) this.#handOver(this.#filled)
    }
  }

  digest(): string {
    this.#end(endOfInput)
    const result = new Uint8Array(this.#control, 4 * slotCount, digestByteLength)
    const hex = Buffer.from(result).toString('hex')
    HashThread.#idle.push(this)
    return hex
  }

  abort(): void {
    this.#filled = 0
    this.#end(dropInput)
    HashThread.#idle.push(this)
  }

  #end(request: typeof endOfInput | typeof dropInput): void {
    if (this.#filled > 0) this.#handOver(this.#filled)
    const last = this.#slot
    this.#waitForSlot(last)
    this.#handOver(request)
    this.#waitForSlot(last)
  }

  #handOver(state: number): void {
    Atomics.store(this.#state, this.#slot, state)
    Atomics.notify(this.#state, this.#slot)
    this.#slot = (this.#slot + 1) % slotCount
    this.#filled = 0
  }

  #waitForSlot(slot: number): void {
    for (;;) {
      const state = Atomics.load(this.#state, slot)
      if (state === free) return
      if (Atomics.wait(this.#state, slot, state, patienceMs) !== 'timed-out') continue
      throw new DatasetError('io', `The hashing thread does not answer`, { cause: this.#failure })
    }
  }
}
