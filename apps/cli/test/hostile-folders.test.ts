import { fork, type ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { hostileFolders, makeHostileBase, temporaryFolder } from '@sluice/testing'
import { expect, test, vi } from 'vitest'

vi.setConfig({ testTimeout: 1_800_000 })

/** Seconds that anything may take with any folder: what does not end takes longer than even the busiest machine makes of a moment. */
const mostSeconds = 150
/** Most memory of the process that does all of it, the runtime's own of about 120 MB included. */
const mostMegabytes = 600

interface Step {
  readonly name: string
  readonly outcome: string
  readonly memory: number
  readonly sent: readonly string[]
}

/** A process that is started again after it was ended. */
class Child implements Disposable {
  #child: ChildProcess | undefined

  /** @throws Error naming the last step where one does not end */
  async run(folder: string): Promise<readonly Step[]> {
    const path = join(import.meta.dirname, 'hostile-child.ts')
    this.#child ??= fork(path, {
      execArgv: ['--conditions=@sluice/source'],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    const child = this.#child
    const steps: Step[] = []
    return new Promise((resolve, reject) => {
      const fail = (why: string): void => {
        child.kill('SIGKILL')
        this.#child = undefined
        reject(new Error(`${why} after ${steps.map(({ name }) => name).join(', ')}`))
      }
      let timer = setTimeout(() => fail('does not end'), mostSeconds * 1000)
      const ended = (): void => fail('the process ended')
      const told = (message: Step | 'done'): void => {
        clearTimeout(timer)
        timer = setTimeout(() => fail('does not end'), mostSeconds * 1000)
        if (message !== 'done') return void steps.push(message)
        clearTimeout(timer)
        child.off('message', told)
        child.off('exit', ended)
        resolve(steps)
      }
      child.on('message', told)
      child.once('exit', ended)
      child.send(folder)
    })
  }

  [Symbol.dispose](): void {
    this.#child?.kill()
  }
}

/** Everything below a folder that may not change. */
function look(folder: string): object {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .toSorted()
    .map((name) => {
      const path = join(folder, name)
      const { size, mtimeMs, nlink, mode } = statSync(path)
      const content = statSync(path).isFile()
        ? createHash('sha256').update(readFileSync(path)).digest('hex')
        : ''
      return { name, size, mtimeMs, nlink: nlink > 1, mode, content }
    })
}

test('whatever others do to the folder of a dataset, nothing outside of it is touched, nothing is sent, and everything ends in seconds', async () => {
  const { good, outside } = await makeHostileBase(temporaryFolder())
  const folder = join(temporaryFolder(), 'data')
  using child = new Child()
  const found: Record<string, string> = {}
  const faults: string[] = []
  for (const [name, change] of hostileFolders(good)) {
    rmSync(folder, { recursive: true, force: true })
    rmSync(`${folder}.moved`, { recursive: true, force: true })
    cpSync(good, folder, { recursive: true })
    change({ folder, outside })
    const before = look(outside)
    try {
      const steps = await child.run(folder)
      for (const { name: step, outcome, memory, sent } of steps) {
        if (outcome.startsWith('THREW')) faults.push(`${name}: ${step} ${outcome}`)
        if (sent.length > 0) faults.push(`${name}: ${step} sent ${sent.join()}`)
        if (memory > mostMegabytes) faults.push(`${name}: ${step} took ${memory} MB`)
      }
      found[name] = steps.find((step) => step.name === 'read')!.outcome
      if (process.env['SLUICE_TRACE'])
        for (const step of steps)
          console.log(`${name} | ${step.name} | ${step.memory} MB | ${step.outcome.slice(0, 150)}`)
    } catch (error) {
      faults.push(`${name}: ${String(error)}`)
    }
    try {
      expect(look(outside)).toEqual(before)
    } catch (error) {
      faults.push(`${name}: outside changed: ${String(error)}`)
    }
  }
  expect(faults).toEqual([])
  expect(found['nothing changed']).toBe('accepted 26 rows of 6')
  expect(existsSync(outside)).toBe(true)
  const accepted = Object.keys(found).filter((name) => found[name]!.startsWith('accepted'))
  // What is not read by those who only read: the plan, the header, receipts, and what lies beside the parts.
  const refused = Object.keys(found).filter((name) => !accepted.includes(name))
  for (const name of refused)
    expect(found[name], name).toMatch(
      /^(corrupt|not-a-dataset|newer-version|incomplete|mismatch|not-found|invalid-argument|io): /,
    )
})
