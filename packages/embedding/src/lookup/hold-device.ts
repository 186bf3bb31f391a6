import { EmbeddingError } from '../errors.ts'

const name = '@sluice/embedding webgpu'

/** Sessions of this thread, and how it gives the device back. */
let sessions = 0
let release: (() => void) | undefined

/**
 * Takes the WebGPU device for this thread, as long as it has sessions. ONNX Runtime has one device with one command encoder in a process
 * and does not guard it: of two threads, one gets `CommandEncoder is already finished` or the process ends (seen in 1.30.0, in
 * software and on an H200). So the first thread of a process has it alone. A Node before 24.5 has nothing that threads could ask.
 *
 * @returns what ends a session's hold
 * @throws EmbeddingError `provider-unavailable` while another thread of this process has it
 */
export async function holdDevice(): Promise<() => void> {
  sessions += 1
  if (sessions === 1 && !(await take())) {
    sessions -= 1
    throw new EmbeddingError(
      'provider-unavailable',
      'webgpu: another thread of this process has the device, and ONNX Runtime guards it for one alone; use one thread, or several processes',
    )
  }
  return () => {
    sessions -= 1
    if (sessions === 0) release?.()
  }
}

function take(): Promise<boolean> {
  const locks = globalThis.navigator?.locks
  if (locks === undefined) return Promise.resolve(true)
  // Nobody waits: with several threads that wait, Node 24.21 loses their turn.
  return new Promise((resolve, reject) => {
    locks
      .request(name, { ifAvailable: true }, (lock) => {
        resolve(lock !== null)
        if (lock === null) return undefined
        return new Promise<void>((done) => {
          release = done
        })
      })
      .catch(reject)
  })
}
