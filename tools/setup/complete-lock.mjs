// Adds the platform packages that a registry mirror did not have to package-lock.json, by name and version.
// npm leaves an optional dependency it cannot resolve out of the lock, and `npm ci` then refuses the lock (npm/cli#4828).
// Run after `npm install`: node tools/setup/complete-lock.mjs
import { readFileSync, writeFileSync } from 'node:fs'

const path = new URL('../../package-lock.json', import.meta.url)
const lock = JSON.parse(readFileSync(path, 'utf8'))
const systems = [
  'darwin',
  'linux',
  'freebsd',
  'openbsd',
  'netbsd',
  'sunos',
  'aix',
  'android',
  'openharmony',
  'win32',
]
const processors = [
  'arm64',
  'x64',
  'arm',
  'ia32',
  'ppc64',
  'riscv64',
  's390x',
  'loong64',
  'mips64el',
  'wasm32',
]

let added = 0
for (const entry of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const key = `node_modules/${name}`
    if (key in lock.packages || !/^\d+\.\d+\.\d+/.test(version)) continue
    const words = name.split(/[/-]/)
    const os = systems.find((system) => words.includes(system))
    const cpu = processors.find((processor) => words.includes(processor))
    if (os === undefined || cpu === undefined) continue
    const libc = words.some((word) => word.startsWith('musl'))
      ? 'musl'
      : words.some((word) => word.startsWith('gnu'))
        ? 'glibc'
        : undefined
    lock.packages[key] = {
      version,
      cpu: [cpu],
      ...(entry.dev === true ? { dev: true } : {}),
      optional: true,
      os: [os],
      ...(os === 'linux' && libc !== undefined ? { libc: [libc] } : {}),
    }
    added += 1
  }
}
const keys = Object.keys(lock.packages)
lock.packages = Object.fromEntries(
  keys.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0)).map((key) => [key, lock.packages[key]]),
)
writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`)
console.error(`package-lock.json: ${added} platform packages added`)
