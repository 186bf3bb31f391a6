import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from '@sluice/testing'
import { expect, test } from 'vitest'
import { sluice } from './sluice.ts'

test('with few files to open, a run is as it is with many, or says what to raise', async () => {
  const cwd = temporaryFolder()
  mkdirSync(join(cwd, 'corpus'))
  for (let k = 0; k < 300; k++)
    writeFileSync(join(cwd, `corpus/${k}.txt`), `text ${k}: the quick brown fox. `.repeat(9))
  const manifest = (out: string): string => readFileSync(join(cwd, out, 'manifest.json'), 'utf8')
  const options = ['--max-length', '8', '--dim', '2', '--quiet', '--threads', '2']
  expect((await sluice(['run', 'corpus', '--out', 'many', ...options], { cwd })).code).toBe(0)
  for (const limit of [40, 64]) {
    const shell = `ulimit -n ${limit}`
    const out = `few-${limit}`
    const { code, stderr } = await sluice(['run', 'corpus', '--out', out, ...options], { cwd, shell })
    if (code === 0) expect(manifest(out)).toBe(manifest('many'))
    else {
      expect(code).toBe(1)
      expect(stderr).toMatch(/^sluice: .*too many files are open; raise the limit \(ulimit -n\).*\n$/)
    }
    const verify = await sluice(['verify', 'many'], { cwd, shell })
    if (verify.code !== 0) expect(verify.stderr).toMatch(/too many files are open/)
  }
  // 64 is enough for two threads.
  expect(manifest('few-64')).toBe(manifest('many'))
}, 120_000)
