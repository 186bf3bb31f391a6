import { spawn, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { pythonEnvironment } from '@sluice/testing'
import type { FuzzCase } from './draw-case.ts'

/** Rows with text as another reader gives them, with positions where it knows them; or why it refuses. */
export type Reference =
  | { readonly rows: readonly (readonly [position: number | null, text: string])[] }
  | { readonly error: string }

/** The readers of others, in a Python process that is asked again and again. */
export class Oracle implements Disposable {
  readonly #process: ChildProcess
  readonly #answers: AsyncIterator<string>

  private constructor(python: string) {
    this.#process = spawn(python, [join(import.meta.dirname, 'oracle.py')], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    this.#answers = createInterface({ input: this.#process.stdout! })[Symbol.asyncIterator]()
  }

  /** Returns `undefined` where there is no Python. */
  static start(python: string | undefined = pythonEnvironment()): Oracle | undefined {
    return python === undefined ? undefined : new Oracle(python)
  }

  /** @throws Error if the other reader crashed */
  async read({ format, bytes, separator }: FuzzCase): Promise<Reference> {
    const request = { ...format, separator, bytes: Buffer.from(bytes).toString('base64') }
    this.#process.stdin!.write(`${JSON.stringify(request)}\n`)
    const answer = await this.#answers.next()
    if (answer.done === true) throw new Error('the reference reader ended')
    return JSON.parse(answer.value)
  }

  [Symbol.dispose](): void {
    this.#process.stdin!.end()
    this.#process.kill()
  }
}
