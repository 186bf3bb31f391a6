/**
 * Preloaded into a process (`--import`), its threads included: counts the calls of `node:fs` that change the disk, and kills
 * the process at one of them.
 */
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { moments, sharedPoint, type Moment } from './crash-point.ts'

type Method = (...parameters: unknown[]) => unknown
type Holder = Record<string, Method>

/** Does half of a call before the process dies. */
type Half = (self: unknown, original: Method, parameters: readonly unknown[]) => unknown

const point = sharedPoint()
const { pid } = process
const kill = process.kill.bind(process)
const { readdirSync, statSync, unlinkSync } = fs

function die(): never {
  kill(pid, 'SIGKILL')
  for (;;);
}

/** Counts a call; says when to die where it is the one. */
function arrive(): Moment | undefined {
  return Atomics.add(point, 0, 1) + 1 === point[1] ? moments[point[2]!] : undefined
}

/** Wraps a method that returns a value or a promise, or calls back through its last parameter. */
function watch(
  holder: Holder,
  name: string,
  half?: Half,
  counts = (_parameters: readonly unknown[]) => true,
) {
  const original = holder[name]!
  holder[name] = function watched(this: unknown, ...parameters: unknown[]): unknown {
    const moment = counts(parameters) ? arrive() : undefined
    if (moment === undefined) return original.apply(this, parameters)
    if (moment === 'before' || (moment === 'halfway' && half === undefined)) die()
    const callback = parameters.at(-1)
    if (moment === 'after' && typeof callback === 'function') {
      return original.apply(this, [...parameters.slice(0, -1), die])
    }
    const outcome = moment === 'after' ? original.apply(this, parameters) : half!(this, original, parameters)
    if (!(outcome instanceof Promise)) die()
    return outcome.finally(die)
  }
}

const writes = ([, flags]: readonly unknown[]): boolean =>
  typeof flags === 'number'
    ? (flags & fs.constants.O_WRONLY) !== 0
    : typeof flags === 'string' && flags !== 'r'

const halfOf = (bytes: Uint8Array): Uint8Array => bytes.subarray(0, bytes.byteLength >>> 1)

const writeHalf: Half = (self, original, [bytes, ...rest]) =>
  original.apply(self, [halfOf(bytes as Uint8Array), ...rest])

const writeHalfOfAll: Half = (self, original, [fd, buffers, position]) => {
  const bytes = Buffer.concat(buffers as Uint8Array[])
  return original.apply(self, [fd, [halfOf(bytes)], position])
}

/** Every other file: what is left is of no order that the program could count on. */
const removeHalf: Half = (_self, _original, [path]) => {
  if (statSync(path as string, { throwIfNoEntry: false })?.isDirectory() !== true) return
  const entries = readdirSync(path as string, { recursive: true, withFileTypes: true })
  for (const [index, { parentPath, name }] of entries.filter((entry) => entry.isFile()).entries())
    if (index % 2 === 0) unlinkSync(join(parentPath, name))
}

// A killed process loses nothing that the system has taken: waiting for the disk would only take its time.
fs.fsync = Object.assign((_fd: number, callback: fs.NoParamCallback) => setImmediate(callback, null), {
  __promisify__: async () => {},
})
const methods = fs as unknown as Holder
for (const name of ['open', 'openSync']) watch(methods, name, undefined, writes)
for (const name of ['writevSync']) watch(methods, name, writeHalfOfAll)
for (const name of ['fsync', 'link', 'rename', 'unlink', 'mkdirSync']) watch(methods, name)

const promised = fs.promises as unknown as Holder
const handle = await fs.promises.open(fileURLToPath(import.meta.url))
const handles = Object.getPrototypeOf(handle) as Holder
await handle.close()
handles['sync'] = async () => {}
watch(promised, 'open', undefined, writes)
for (const name of ['mkdir', 'rename', 'rmdir', 'unlink']) watch(promised, name)
watch(promised, 'rm', removeHalf)
for (const name of ['write', 'writeFile']) watch(handles, name, writeHalf)
for (const name of ['sync', 'truncate']) watch(handles, name)
syncBuiltinESMExports()
