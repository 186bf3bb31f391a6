import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from '@sluice/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bundleChild } from './bundle.ts'

const root = temporaryFolder({ removeAt: afterAll })
let child: string

beforeAll(async () => {
  chmodSync(root, 0o755)
  child = await bundleChild('write-child', join(root, 'bundle'))
})
afterAll(() => {
  chmodSync(join(root, 'read-only'), 0o755)
})

interface Outcome {
  readonly code: string
  readonly message: string
  readonly published: number
  readonly torn: readonly string[]
  readonly leftovers: number
}

/** Runs the child in a shell that prepares its surroundings; `$1` is the folder, and `"$@"` runs the child. */
function writeIn(
  shell: string,
  folder: string,
  ids: { readonly uid?: number; readonly gid?: number } = {},
): Outcome {
  const script = `${shell} exec "$2" "$3" "$1"`
  const { stdout, stderr } = spawnSync('sh', ['-c', script, 'sh', folder, process.execPath, child], {
    encoding: 'utf8',
    ...ids,
  })
  expect({ stdout, stderr }).not.toMatchObject({ stdout: '' })
  return JSON.parse(stdout) as Outcome
}

test('a file size limit (RLIMIT_FSIZE) is an error that names the file, and nothing torn is visible', () => {
  const folder = join(root, 'limited')
  const outcome = writeIn(`trap '' XFSZ; ulimit -f 64;`, folder)
  expect(outcome).toMatchObject({ code: 'no-space', published: 0, torn: [], leftovers: 0 })
  expect(outcome.message).toMatch(
    /^Could not write at byte \d+ of .*_tmp.*parts.00000.*: EFBIG; free some space/,
  )
})

test('a full disk keeps what was published, leaves nothing torn, and says so', ({ skip }) => {
  const folder = join(root, 'full')
  mkdirSync(folder)
  const mount = `mount -t tmpfs -o size=2m none "$1" &&`
  const unshare = process.getuid?.() === 0 ? ['-m'] : ['-m', '-U', '-r']
  const { status } = spawnSync('unshare', [...unshare, 'sh', '-c', `${mount} true`, 'sh', folder])
  // There is no other way to fill a disk. macOS has no namespaces, and containers and Ubuntu refuse them to users.
  if (status !== 0 && process.env['CI'] !== 'true') skip('needs root, or user namespaces for everybody')
  expect({ status, tmpfs: 'mounted in a namespace' }).toMatchObject({ status: 0 })
  const script = `${mount} exec "$2" "$3" "$1"`
  const { stdout, stderr } = spawnSync(
    'unshare',
    [...unshare, 'sh', '-c', script, 'sh', folder, process.execPath, child],
    { encoding: 'utf8' },
  )
  expect({ stdout, stderr }).not.toMatchObject({ stdout: '' })
  const outcome: unknown = JSON.parse(stdout)
  // 2 MiB hold six parts of 288 KiB with their receipts.
  expect(outcome).toMatchObject({ code: 'no-space', published: 6, torn: [], leftovers: 0 })
  expect(outcome).toHaveProperty('message', expect.stringMatching(/ENOSPC; free some space and run again/))
})

test('a folder that may not be written to is an error that names it', () => {
  const folder = join(root, 'read-only')
  mkdirSync(folder)
  chmodSync(folder, 0o555)
  // Permissions do not bind root: there the child runs as another user.
  const other = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}
  if (other.uid !== undefined) chownSync(folder, 0, 0)
  const outcome = writeIn('', folder, other)
  expect(outcome).toMatchObject({ code: 'read-only', published: 0, leftovers: 0 })
  expect(outcome.message).toMatch(/^Could not create .*read-only.*: EACCES; make the folder writable/)
})
