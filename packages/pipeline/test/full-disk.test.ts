import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { folderStorage, nodeFileSystem, type FileSystem } from '@sluice/dataset'
import { temporaryFolder } from '@sluice/testing'
import { expect, test } from 'vitest'
import { resolveRunConfig, runLocally } from '../src/index.ts'

test.each(['parts', 'tables'])(
  'a disk that is full at the first file of %s keeps what is there, and the same run resumes from it',
  async (name) => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'a.txt'), 'the quick brown fox jumps over the lazy dog. '.repeat(50))
    const config = resolveRunConfig({ corpus: [join(folder, 'a.txt')], maxLength: 8, dim: 2 })
    const [out, reference] = [join(folder, 'out'), join(folder, 'reference')]
    await runLocally({ config, out: reference, threads: 1 })
    const full: FileSystem = {
      ...nodeFileSystem,
      openSync(path, flags) {
        if (path.includes(`/${name}.`)) throw Object.assign(new Error('no space'), { code: 'ENOSPC' })
        return nodeFileSystem.openSync(path, flags)
      },
    }
    const openStorage = (path: string) => folderStorage(path, { fileSystem: full })
    const failing = runLocally({ config, out, threads: 1, openStorage })
    await expect(failing).rejects.toMatchObject({ code: 'no-space', blame: 'machine' })
    expect(existsSync(join(out, 'plan.json'))).toBe(true)
    if (name === 'parts') {
      expect(readdirSync(join(out, 'tables'))).toContain('tables.safetensors')
      expect(readdirSync(join(out, 'tokens')).some((file) => file.endsWith('.ids'))).toBe(true)
    }
    await runLocally({ config, out, threads: 1 })
    const manifest = (path: string): string => readFileSync(join(path, 'manifest.json'), 'utf8')
    expect(manifest(out)).toBe(manifest(reference))
  },
)
