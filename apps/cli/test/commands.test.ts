import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder, theVerdict } from '@sluice/testing'
import { expect, test } from 'vitest'
import { sluice } from './sluice.ts'

test('run prints the size first and the summary last, and inspect prints rows as text', async () => {
  const cwd = temporaryFolder()
  const ran = await sluice(['run', theVerdict, '-o', 'book', '--max-length', '4'], { cwd })
  expect(ran.code).toBe(0)
  expect(ran.stderr.split('\n')[0]).toBe(
    '1 source, 20.5 kB; will write 1,286 windows, 56.8 MB with the tables',
  )
  expect(ran.stdout).toMatch(/^1,286 windows, 5,145 tokens, 5\.3 MB of Arrow in .* embedded on wasm\)\n/)
  expect(ran.stdout).toContain('pa.ipc.open_file')

  const inspected = await sluice(['inspect', 'book', '--rows', '2'], { cwd })
  expect(inspected.code).toBe(0)
  expect(inspected.stdout).toContain('inputs_embeds  fixed_size_list<fixed_size_list<float>[256]>[4]')
  expect(inspected.stdout).toContain('378aa211755db4f07941bd76254d12d62ced7f1d7b3ddfaf830882c496113155')
  expect(inspected.stdout).toContain('"I HAD always"')
  expect(inspected.stdout).toContain('[1807, 3619, 402, 271]')
})

test('run --json prints one event a line, ending in `done`, and inspect --json prints one object', async () => {
  const cwd = temporaryFolder()
  const { stdout, stderr, code } = await sluice(['run', theVerdict, '-o', 'book', '--dim', '8', '--json'], {
    cwd,
  })
  expect([code, stderr]).toEqual([0, ''])
  const events = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { event: string })
  expect(events[0]).toMatchObject({ event: 'planned', sources: 1, sourceBytes: 20479 })
  expect(events.map(({ event }) => event)).toEqual(expect.arrayContaining(['tokenized', 'part']))
  expect(events.at(-1)).toMatchObject({ event: 'done', windows: 20, tokens: 5145, provider: 'wasm' })

  const inspected = JSON.parse((await sluice(['inspect', 'book', '--json'], { cwd })).stdout) as {
    manifest: unknown
  }
  expect(inspected.manifest).toEqual(JSON.parse(readFileSync(join(cwd, 'book', 'manifest.json'), 'utf8')))
})

test('inspect says when a folder is not a dataset', async () => {
  const cwd = temporaryFolder()
  const { code, stderr } = await sluice(['inspect', '.'], { cwd })
  expect(stderr).toMatch(/^sluice: .*manifest\.json.*\n$/)
  expect(code).toBe(2)
})

test('demo prints the outputs of the chapter and makes a dataset, also over its own earlier one', async () => {
  const cwd = temporaryFolder()
  for (const round of [1, 2]) {
    const { code, stdout } = await sluice(['demo'], { cwd })
    expect(code, `round ${round}`).toBe(0)
    for (const line of [
      '    0.3374  -0.1778  -0.1690',
      '2. Looking up id 3 gives row 3\n   -0.4015   0.9666  -1.1481',
      'input     [0.6, 0.1, 0.0]',
      'input embeddings (8, 4, 256)',
      '1,286 windows, 5,145 tokens',
      'sluice inspect sluice-demo',
    ]) {
      expect(stdout).toContain(line)
    }
  }
})

test('help names every command, and every command its options', async () => {
  const { stdout } = await sluice(['--help'])
  for (const command of ['run', 'inspect', 'demo']) {
    expect(stdout).toContain(command)
    expect((await sluice([command, '--help'])).code).toBe(0)
  }
})

test('the summary counts what was passed over, and says how linked folders are read', async () => {
  const cwd = temporaryFolder()
  for (const folder of ['corpus', 'elsewhere']) mkdirSync(join(cwd, folder))
  writeFileSync(join(cwd, 'corpus/a.txt'), 'one two three')
  writeFileSync(join(cwd, 'elsewhere/b.txt'), 'four five six')
  symlinkSync('../elsewhere', join(cwd, 'corpus/linked'))
  const run = ['run', 'corpus', '--max-length', '1', '--embeddings', 'none']
  const passed = await sluice([...run, '-o', 'passed'], { cwd })
  expect(passed.stdout).toContain(
    'passed over: 1 × linked-folder (corpus/linked); `--links follow` reads what they lead to\n',
  )
  const followed = await sluice([...run, '-o', 'followed', '--links', 'follow'], { cwd })
  expect(followed.stdout).toContain('followed: 1 link to a folder\n')
  expect(followed.stdout).not.toContain('passed over')
  expect(followed.stdout).toContain('7 tokens')
})
