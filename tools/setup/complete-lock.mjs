// Completes package-lock.json from the registry: run after `npm install`.
//
//     node tools/setup/complete-lock.mjs            writes
//     node tools/setup/complete-lock.mjs --check    only sees that every package is there with its integrity
//
// npm leaves an optional dependency of another platform out of the lock where it could not resolve it, and `npm ci` then
// refuses the lock there (npm/cli#4828); and it writes some without their integrity, so that their bytes are not checked.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'

const path = new URL('../../package-lock.json', import.meta.url)
const lock = JSON.parse(readFileSync(path, 'utf8'))
const check = process.argv.includes('--check')

const incomplete = []
for (const [key, entry] of Object.entries(lock.packages)) {
  if (
    key.includes('node_modules/') &&
    entry.link !== true &&
    entry.integrity === undefined &&
    entry.inBundle !== true
  )
    incomplete.push({ key, name: key.split('node_modules/').at(-1), version: entry.version, by: entry })
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const missing = !(
      `node_modules/${name}` in lock.packages || `${key}/node_modules/${name}` in lock.packages
    )
    if (missing && /^\d+\.\d+\.\d+/.test(version))
      incomplete.push({ key: `node_modules/${name}`, name, version, by: { optional: true, dev: entry.dev } })
  }
}

if (check) {
  for (const { name, version } of incomplete)
    console.error(`package-lock.json: ${name}@${version} lacks its integrity`)
  if (incomplete.length > 0) {
    console.error('Run `node tools/setup/complete-lock.mjs`')
    process.exitCode = 1
  } else console.log(`lock: ${Object.keys(lock.packages).length} packages, each with its integrity`)
} else {
  for (const { key, name, version, by } of incomplete) lock.packages[key] = complete(name, version, by)
  const keys = Object.keys(lock.packages).toSorted((a, b) => a.localeCompare(b, 'en'))
  lock.packages = Object.fromEntries(keys.map((key) => [key, lock.packages[key]]))
  writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`)
  console.error(`package-lock.json: ${incomplete.length} packages completed`)
}

/** An entry of the lock, from what the registry says about the package. */
function complete(name, version, { dev, optional, ...rest }) {
  const fields = ['dist.integrity', 'license', 'engines', 'os', 'cpu', 'libc']
  const windows = process.platform === 'win32'
  const told = execFileSync('npm', ['view', `${name}@${version}`, '--json', ...fields], {
    encoding: 'utf8',
    shell: windows,
  })
  const { 'dist.integrity': integrity, ...about } = JSON.parse(told)
  return {
    ...rest,
    version,
    integrity,
    ...about,
    ...(dev === true ? { dev } : {}),
    ...(optional === true ? { optional } : {}),
  }
}
