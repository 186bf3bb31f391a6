import { createContext, Script } from 'node:vm'

const script = new Script('work()')
const context: { work?: () => void } = {}
createContext(context)

/** Runs `work`, and stops it where it takes longer: false then. A thread watches the clock, so that not even a search of an expression goes on. */
export function runWithin(milliseconds: number, work: () => void): boolean {
  context.work = work
  try {
    script.runInContext(context, { timeout: milliseconds })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return false
    throw error
  } finally {
    delete context.work
  }
}
