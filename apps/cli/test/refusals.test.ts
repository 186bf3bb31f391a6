import { copyFileSync, existsSync, readdirSync } from 'node:fs'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import { temporaryFolder, theVerdict } from '@sluice/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sluice } from './sluice.ts'

const cwd = temporaryFolder({ removeAt: afterAll })
const long = 'a'.repeat(300)

beforeAll(async () => {
  copyFileSync(theVerdict, join(cwd, 'book.txt'))
  await sluice(['run', 'book.txt', '-o', 'book', '--embeddings', 'none', '-q'], { cwd })
})

/** Every case: what is typed, the one line that comes back, and the exit code. */
const cases: readonly (readonly [args: readonly string[], line: RegExp, code: number])[] = [
  [['run', long, '-o', 'x'], /^sluice: a{300}: .*$/, 2],
  [
    ['run', 'book.txt', '-o', long],
    /^sluice: Expected --out a{300} to be a folder, got ENAMETOOLONG; .*$/,
    2,
  ],
  [
    ['run', 'book.txt', '-o', `${long}/x`],
    /^sluice: Expected --out .* to be a folder, got ENAMETOOLONG; .*$/,
    2,
  ],
  [['run', '--config', `${long}.json`], /^sluice: a{300}\.json: could not be read \(ENAMETOOLONG\)$/, 2],
  [
    ['run', '-', '-', '-o', 'x'],
    /^sluice: Expected standard input \(-\) once in `corpus`: it can be read only once$/,
    2,
  ],
  [['estimate', '-', 'book.txt', '-'], /^sluice: Expected standard input \(-\) once in `corpus`/, 2],
  [['tokenize', long], /^sluice: a{300}: .*$/, 2],
  [['tokenize', 'book.txt', '-o', long], /^sluice: Could not write a{300}: ENAMETOOLONG$/, 1],
  [
    ['tokenize', 'book.txt', '-o', 'none/x'],
    /^sluice: Expected --out none\/x to be in a folder that exists, got none$/,
    2,
  ],
  [['tokenize', 'book.txt', '-o', 'book'], /^sluice: Expected --out book to be a file, got a folder$/, 2],
  [
    ['export', 'book', '--to', 'npy', '-o', long],
    /^sluice: Expected --out a{300} to be a folder, got ENAMETOOLONG; .*$/,
    2,
  ],
  [
    ['inspect', 'book', '--rows', '-1'],
    /^sluice: Expected `--rows` to be an integer of at least 0, got `-1`$/,
    2,
  ],
  [
    ['inspect', 'book', '--rows', 'two'],
    /^sluice: Expected `--rows` to be an integer of at least 0, got `two`$/,
    2,
  ],
  [
    ['verify', 'book', '--deep', '0'],
    /^sluice: Expected `--deep` to be an integer of at least 1, got `0`$/,
    2,
  ],
  [
    ['worker', '--port', '70000'],
    /^sluice: Expected `--port` to be an integer from 0 to 65535, got `70000`$/,
    2,
  ],
  [
    ['run', 'book.txt', '--threads', '0'],
    /^sluice: Expected `--threads` to be a positive integer, got `0` \(number\)$/,
    2,
  ],
  [
    ['run', 'book.txt', '--threads', '1025'],
    /^sluice: Expected `--threads` to be at most 1024, got `1025` \(number\)$/,
    2,
  ],
  [
    ['run', 'book.txt', '--provider', 'tpu'],
    /^sluice: Expected `--provider` to be one of auto, cpu, .*, got `"tpu"` \(string\)$/,
    2,
  ],
  [
    ['run', 'book.txt', '--split', '1,2,3'],
    /^sluice: Expected `--split` to be validation and seed with a comma between them, got `1,2,3`$/,
    2,
  ],
  [
    ['run', 'book.txt', '--split', '1.5'],
    /^sluice: Expected `--split` to be a share above 0 and below 1, got `1\.5` \(number\)$/,
    2,
  ],
  [['rum'], /^sluice: unknown command 'rum' \(did you mean run\?\)$/, 2],
  [['inspect'], /^sluice: Expected the folder of a dataset, or `--model` and a model folder$/, 2],
  [['run', 'book.txt', '-o'], /^sluice: option '-o, --out <dir>' argument missing$/, 2],
  [['run', '--no\u001b[2Jsuch'], /^sluice: unknown option '--no\\x1b\[2Jsuch'$/, 2],
  [
    ['run', 'http://user:hunter2@host:99999/a?token=hunter2', '-o', 'x'],
    /^sluice: http:\/\/host:99999\/a\?…: is not a valid URL$/,
    2,
  ],
  [
    ['run', 'ftp://user:hunter2@host/a#hunter2', '-o', 'x'],
    /^sluice: ftp:\/\/host\/a: the scheme ftp:\/\/ is not known; .*$/,
    2,
  ],
  [
    ['jobs', '--redis', 'redis://u:%hunter2@127.0.0.1:1'],
    /^sluice: Expected the queue's URL .*: a % in its user or password begins no escape; .*$/,
    2,
  ],
  [
    ['jobs', '--redis', 'redis://u:hunter2@host:99999'],
    /^sluice: Expected the queue's URL .*: it is not a URL$/,
    2,
  ],
]

test.concurrent.each(cases)('sluice %j is refused in one line', async (args, line, expected) => {
  const { code, stdout, stderr } = await sluice(args, { cwd })
  expect(stderr.trimEnd()).toMatch(line)
  expect(stderr).not.toContain('hunter2')
  expect(stdout).toBe('')
  expect(code).toBe(expected)
  expect(readdirSync(cwd).toSorted()).toEqual(['book', 'book.txt'])
})

test.skipIf(!existsSync('/proc/self'))(
  'a folder that cannot be made is refused before any work',
  async () => {
    for (const args of [
      ['run', 'book.txt', '-o', '/proc/x'],
      ['run', 'book.txt', '-o', '/proc/x/y/z'],
      ['export', 'book', '--to', 'npy', '-o', '/proc/x'],
    ]) {
      const { code, stderr } = await sluice(args, { cwd })
      expect(stderr).toMatch(
        /^sluice: Expected --out \/proc\/x.* to be a folder that can be made, but \/proc refuses new folders \(E[A-Z]+\); choose another\n$/,
      )
      expect(code).toBe(2)
    }
  },
)

test('a Redis that does not speak TLS, and says nothing to it, is named as such by every command', async () => {
  // What such a server does: it takes the beginning of a handshake for a command, and waits for its end.
  const server = createServer((socket) => socket.on('error', () => {}).resume()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const url = `rediss://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
  for (const args of [['jobs'], ['status', 'run-1'], ['cancel', 'run-1']]) {
    const { code, stderr } = await sluice([...args, '--redis', url])
    expect(stderr).toBe(
      `sluice: ${url}/0 did not answer within 5 s (a server that does not speak TLS stays silent; redis:// goes without it); start it, or give another address with --redis or SLUICE_REDIS_URL\n`,
    )
    expect(code).toBe(1)
  }
  server.close()
}, 60_000)

test('a queue that does not speak TLS is named as such', async () => {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.on('data', () => socket.write('-ERR unknown command\r\n'))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  const { code, stderr } = await sluice(['jobs', '--redis', `rediss://u:hunter2@127.0.0.1:${port}`])
  server.close()
  expect(stderr).toMatch(
    new RegExp(
      `^sluice: rediss://127\\.0\\.0\\.1:${port}/0 did not answer within 5 s \\(the server does not speak TLS; .*\\); .*\n$`,
    ),
  )
  expect(stderr).not.toContain('hunter2')
  expect(code).toBe(1)
})
