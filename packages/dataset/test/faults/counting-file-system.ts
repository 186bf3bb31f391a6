import { openSync, realpathSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { nodeFileSystem, type FileSystem } from '../../src/index.ts'

/** One call of a {@link FileSystem}: which, and on what. */
export interface FileCall {
  readonly name: keyof FileSystem
  readonly args: readonly unknown[]
}

/** A path through a folder that is held open, as the path that the folder has by now. */
function plainPath(argument: unknown): unknown {
  if (typeof argument !== 'string' || !argument.startsWith('/proc/self/fd/')) return argument
  if (argument.endsWith('/.')) return realpathSync(argument)
  return join(realpathSync(dirname(argument)), basename(argument))
}

/** A second descriptor on every file system, the one in memory too; whole blocks are the writer's business all the same. */
function openSecond(fd: number): number | undefined {
  return process.platform === 'linux' ? openSync(`/proc/self/fd/${fd}`, 'r+') : undefined
}

/**
 * A file system that counts its calls and lets something happen at one of them.
 *
 * @param before - called with the number of each call, from 0, before it is made; what it throws is its error.
 * @param after - called when it was made, with what it returned.
 */
export function countingFileSystem(
  before: (call: number, made: FileCall) => void,
  after: (call: number, made: FileCall, result: unknown) => void = () => undefined,
): FileSystem {
  let calls = 0
  const sync = <Result>({ name, args }: FileCall, action: () => Result): Result => {
    const made = { name, args: args.map(plainPath) }
    const call = calls++
    before(call, made)
    const result = action()
    after(call, made, result)
    return result
  }
  const waiting = async <Result>(
    { name, args }: FileCall,
    action: () => Promise<Result>,
  ): Promise<Result> => {
    const made = { name, args: args.map(plainPath) }
    const call = calls++
    before(call, made)
    const result = await action()
    after(call, made, result)
    return result
  }
  const real = nodeFileSystem
  return {
    openSync: (...args) => sync({ name: 'openSync', args }, () => real.openSync(...args)),
    writevSync: (...args) => sync({ name: 'writevSync', args }, () => real.writevSync(...args)),
    openDirect: (...args) => sync({ name: 'openDirect', args }, () => openSecond(...args)),
    write: (...args) => waiting({ name: 'write', args }, () => real.write(...args)),
    mkdirSync: (...args) => sync({ name: 'mkdirSync', args }, () => real.mkdirSync(...args)),
    open: (...args) => waiting({ name: 'open', args }, () => real.open(...args)),
    fsync: (...args) => waiting({ name: 'fsync', args }, () => real.fsync(...args)),
    close: (...args) => waiting({ name: 'close', args }, () => real.close(...args)),
    link: (...args) => waiting({ name: 'link', args }, () => real.link(...args)),
    rename: (...args) => waiting({ name: 'rename', args }, () => real.rename(...args)),
    unlink: (...args) => waiting({ name: 'unlink', args }, () => real.unlink(...args)),
  }
}
