import { spawn } from 'node:child_process'
import { once } from 'node:events'

/**
 * Swaps an entry of a folder for another over and over, in a process of its own, as fast as the system does it: each of
 * `names` is renamed to `entry` in turn, and back. It ends where the entry is taken away.
 *
 * @param folder path of the folder
 * @param names two entries in it, such as a file and a link to another one
 * @returns stops the swapping
 */
export async function swapOverAndOver(
  folder: string,
  entry: string,
  names: readonly [string, string],
): Promise<AsyncDisposable> {
  const script = `
    const { renameSync } = require('node:fs')
    process.chdir(process.argv[1])
    const [entry, ...names] = process.argv.slice(2)
    process.on('SIGTERM', () => process.exit())
    process.stdout.write('ready')
    let strays = 0
    const swap = (name) => {
      try {
        renameSync(name, entry)
      } catch {
        // Somebody made an entry of that name meanwhile.
        return renameSync(entry, 'stray-' + ++strays)
      }
      try {
        renameSync(entry, name)
      } catch {
        // Somebody removed it, or put another one there.
        process.exit()
      }
    }
    const turn = () => {
      for (let k = 0; k < 200; k++) swap(names[k % 2])
      setImmediate(turn)
    }
    turn()`
  const child = spawn(process.execPath, ['-e', script, folder, entry, ...names], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  return {
    async [Symbol.asyncDispose]() {
      child.kill()
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    },
  }
}

/**
 * Counts rounds beside {@link swapOverAndOver}: as many as asked, and more until everything expected was seen, for on a busy
 * machine the process that swaps may stand still at one of its names. After half a minute it is for the test to say what is missing.
 *
 * @param seen what the rounds add to
 */
export function* roundsUntilSeen(
  least: number,
  seen: ReadonlySet<unknown>,
  expected: readonly unknown[],
): Generator<number, void> {
  const deadline = Date.now() + 30_000
  const isMissing = (): boolean => expected.some((outcome) => !seen.has(outcome))
  for (let round = 0; round < least || (isMissing() && Date.now() < deadline); round++) yield round
}
