import { Worker } from 'node:worker_threads'
import type { IdentifyWatch } from './byte-source.ts'

/** What the thread is told: one open file after the other. */
interface FileToHash {
  readonly fd: number
  readonly byteLength: number
  /** One number: 1 ends the reading. */
  readonly stop: Int32Array<SharedArrayBuffer>
}

/** What it tells. */
type FromThread =
  | { readonly kind: 'read'; readonly byteLength: number }
  | { readonly kind: 'done'; readonly byteLength: number; readonly sha256: string }
  | { readonly kind: 'failed'; readonly message: string; readonly code?: string }

/** What the thread runs. As text, so that a bundle of the package needs no file beside it. */
const program = `
const { createHash } = require('node:crypto')
const { readSync } = require('node:fs')
const { parentPort } = require('node:worker_threads')
const chunk = Buffer.allocUnsafeSlow(1 << 18)
const tellBytes = 1 << 24
parentPort.on('message', ({ fd, byteLength, stop }) => {
  const hash = createHash('sha256')
  let position = 0
  let told = 0
  try {
    while (position < byteLength && Atomics.load(stop, 0) === 0) {
      const read = readSync(fd, chunk, 0, Math.min(chunk.length, byteLength - position), position)
      if (read === 0) break
      hash.update(chunk.subarray(0, read))
      position += read
      if (position - told < tellBytes) continue
      parentPort.postMessage({ kind: 'read', byteLength: position - told })
      told = position
    }
    parentPort.postMessage({ kind: 'read', byteLength: position - told })
    parentPort.postMessage({ kind: 'done', byteLength: position, sha256: hash.digest('hex') })
  } catch ({ message, code }) {
    parentPort.postMessage({ kind: 'failed', message, code })
  }
})`

/** A thread that has nothing to do waits so long for the next file. */
const idleMs = 1000

const idle: Worker[] = []

function takeThread(): Worker {
  const waiting = idle.pop()
  if (waiting !== undefined) return waiting
  const worker = new Worker(program, {
    eval: true,
    // Those of the process are not for a text like this.
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: 64 },
  })
  const gone = (): void => {
    const at = idle.indexOf(worker)
    if (at !== -1) idle.splice(at, 1)
  }
  // One that dies between two files is noticed here, one that dies with a file by whoever waits for it.
  worker.on('error', gone).on('exit', gone)
  return worker
}

function giveThread(worker: Worker): void {
  worker.unref()
  idle.push(worker)
  setTimeout(() => {
    const at = idle.indexOf(worker)
    if (at !== -1) void idle.splice(at, 1)[0]!.terminate()
  }, idleMs).unref()
}

/**
 * Reads an open file from its beginning and hashes it in a thread beside the calling one. The file must stay open until this has settled.
 *
 * @param byteLength that the file has
 * @returns how many bytes there were, at most `byteLength`, and their sha256 in lower-case hexadecimal
 * @throws what reading threw, with its `code`; the signal's reason; an Error where the thread died
 */
export async function hashFileBeside(
  fd: number,
  byteLength: number,
  { signal, onBytes }: IdentifyWatch,
): Promise<{ readonly byteLength: number; readonly sha256: string }> {
  signal?.throwIfAborted()
  const stop = new Int32Array(new SharedArrayBuffer(4))
  const worker = takeThread()
  const { promise, resolve, reject } = Promise.withResolvers<{
    readonly byteLength: number
    readonly sha256: string
  }>()
  const onMessage = (message: FromThread): void => {
    if (message.kind === 'read') onBytes?.(message.byteLength)
    else if (message.kind === 'done') resolve({ byteLength: message.byteLength, sha256: message.sha256 })
    else reject(Object.assign(new Error(message.message), { code: message.code }))
  }
  let isAlive = true
  const onDeath = (cause: unknown): void => {
    isAlive = false
    reject(
      cause instanceof Error
        ? cause
        : new Error(`The thread that hashes sources ended with ${String(cause)}`),
    )
  }
  const onAbort = (): void => void Atomics.store(stop, 0, 1)
  worker.on('message', onMessage).on('error', onDeath).on('exit', onDeath)
  signal?.addEventListener('abort', onAbort)
  try {
    worker.ref()
    worker.postMessage({ fd, byteLength, stop } satisfies FileToHash)
    const found = await promise
    signal?.throwIfAborted()
    return found
  } finally {
    signal?.removeEventListener('abort', onAbort)
    worker.off('message', onMessage).off('error', onDeath).off('exit', onDeath)
    if (isAlive) giveThread(worker)
  }
}
