import { execFile, execFileSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { repositoryRoot, temporaryFolder } from '@sluice/testing'
import { describe, expect, it } from 'vitest'
import type { CheckResult } from '../tools/gpu-check/result.ts'

const program = join(repositoryRoot, 'packages/embedding/tools/gpu-check/main.ts')
/** The first time, Node and ONNX Runtime are compressed: 20 s of processor time. */
const packMs = 900_000
const checkMs = 600_000

/** The archive is for Linux x64, made of the Node that runs, with libraries of Debian's packages. */
const canPack =
  process.platform === 'linux' &&
  process.arch === 'x64' &&
  ['xz', 'apt-get', 'dpkg-deb'].every((tool) => existsSync(join('/usr/bin', tool)))

describe.runIf(canPack)('the archive of gpu-check', () => {
  it(
    'weighs at most 55 MB, and from an empty folder in an empty environment checks the processor and a device in software',
    async () => {
      const folder = temporaryFolder()
      const archive = join(folder, 'pack.tar.xz')
      await promisify(execFile)(process.execPath, ['--conditions=@sluice/source', program, '--pack', archive])
      expect(statSync(archive).size).toBeLessThanOrEqual(55e6)

      execFileSync('tar', ['-xJf', archive, '-C', folder])
      const start = join(folder, 'gpu-check/gpu-check')
      const { stdout } = await promisify(execFile)(start, ['--software', '--quick', '--out', folder], {
        ...{ cwd: folder, env: {}, timeout: checkMs },
      })
      expect(stdout).toContain('SwiftShader, a device in software')
      const date = new Date().toISOString().slice(0, 4)
      const [name = ''] = execFileSync('ls', [folder], { encoding: 'utf8' }).match(/^gpu-.*\.json$/mu) ?? []
      const result = JSON.parse(readFileSync(join(folder, name), 'utf8')) as CheckResult
      expect(result.date.slice(0, 4)).toBe(date)
      const [cpu, webgpu] = ['cpu', 'webgpu'].map((wanted) =>
        result.providers.find(({ provider }) => provider === wanted)!,
      )
      expect(cpu!.comparisons.filter(({ outcome }) => outcome === 'does not run')).toEqual([])
      for (const { missing, comparisons, speeds } of [cpu!, webgpu!]) {
        expect(missing).toBeUndefined()
        expect(comparisons.filter(({ outcome }) => outcome === 'DIFFERENT')).toEqual([])
        expect(comparisons.filter(({ outcome }) => outcome === 'same bits').length).toBeGreaterThan(80)
        expect(speeds.length).toBeGreaterThan(1)
      }
      // What the device lacks: half floats in software, bfloat16 on every one.
      const unrun = webgpu!.comparisons.filter(({ outcome }) => outcome === 'does not run')
      expect(unrun.filter(({ what }) => !/f16/u.test(what))).toEqual([])
    },
    packMs + checkMs,
  )
})
