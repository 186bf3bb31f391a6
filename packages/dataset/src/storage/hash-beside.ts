import { Worker } from 'node:worker_threads'

/** The sha256 of bytes that a thread beside the calling one reads. */
export interface HashBeside {
  /** Takes bytes in shared memory, which must not change until the promise is fulfilled. */
  update(bytes: Uint8Array): Promise<void>
  /** Ends the hash: its value in hexadecimal. */
  digest(): Promise<string>
  /** Ends a hash whose value nobody wants. */
  drop(): void
}

/** What the thread is told, for one hash after the other. */
interface ToHash {
  readonly call: number
  readonly hash: number
  /** Undefined where the hash ends. */
  readonly bytes?: Uint8Array
}

interface FromHash {
  readonly call: number
  readonly sha256?: string
}

/** What the thread runs. As text, so that a bundle of the package needs no file beside it. */
const program = `
const { createHash } = require('node:crypto')
const { parentPort } = require('node:worker_threads')
const hashes = new Map()
parentPort.on('message', ({ call, hash, bytes }) => {
  const found = hashes.get(hash) ?? createHash('sha256')
  if (bytes === undefined) {
    hashes.delete(hash)
    parentPort.postMessage({ call, sha256: found.digest('hex') })
  } else {
    hashes.set(hash, found.update(bytes))
    parentPort.postMessage({ call })
  }
})`

/** A thread is kept for so long when no hash is under way: parts begin seconds apart, and starting it takes as long as hashing one. */
const idleMs = 30_000

/** One thread that computes hashes, whose calls are answered in their order. It keeps the process alive while a call waits only. */
class HashThread {
  #hashes = 0
  #calls = 0
  readonly #waiting = new Map<number, PromiseWithResolvers<string>>()
  #worker: Worker | undefined
  #open = 0
  #idle: NodeJS.Timeout | undefined

  begin(): HashBeside {
    const hash = this.#hashes++
    this.#open++
    clearTimeout(this.#idle)
    let worker: Worker | undefined
    const call = (bytes?: Uint8Array): Promise<string> => {
      worker ??= this.#worker ??= this.#start()
      return this.#call(worker, { hash, ...(bytes && { bytes }) })
    }
    let ended = false
    const end = async (): Promise<string> => {
      ended = true
      try {
        return await call()
      } finally {
        this.#close()
      }
    }
    return {
      update: async (bytes) => void (await call(bytes)),
      digest: end,
      drop: () => {
        if (ended) return
        if (worker === undefined) this.#close()
        else end().catch(() => {})
        ended = true
      },
    }
  }

  async #call(worker: Worker, told: Omit<ToHash, 'call'>): Promise<string> {
    // Another thread would know nothing of what this one had hashed.
    if (worker !== this.#worker) throw new Error('The thread that hashes what is written has died')
    const call = this.#calls++
    const settled = Promise.withResolvers<string>()
    this.#waiting.set(call, settled)
    worker.ref()
    worker.postMessage({ call, ...told })
    return settled.promise
  }

  #start(): Worker {
    const worker = new Worker(program, {
      eval: true,
      // Those of the process are not for a text like this.
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: 64 },
    })
    worker.on('message', ({ call, sha256 = '' }: FromHash) => {
      this.#waiting.get(call)?.resolve(sha256)
      this.#waiting.delete(call)
      if (this.#waiting.size === 0) worker.unref()
    })
    const onGone = (error: unknown): void => {
      if (worker !== this.#worker) return
      this.#worker = undefined
      for (const { reject } of this.#waiting.values()) reject(error)
      this.#waiting.clear()
    }
    worker.on('error', onGone)
    worker.on('exit', (code) =>
      onGone(new Error(`The thread that hashes what is written ended with ${code}`)),
    )
    return worker
  }

  #close(): void {
    this.#open--
    if (this.#open > 0) return
    this.#idle = setTimeout(() => {
      const worker = this.#worker
      this.#worker = undefined
      void worker?.terminate()
    }, idleMs).unref()
  }
}

const thread = new HashThread()

/** Begins a hash in this thread's hashing thread, which is started when there is none. */
export function beginHash(): HashBeside {
  return thread.begin()
}
