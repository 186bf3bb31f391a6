import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { temporaryFolder } from '@sluice/testing'
import { describe, expect, it } from 'vitest'
import { swiftshaderEnvironment } from '../tools/swiftshader.ts'

const child = fileURLToPath(new URL('webgpu-child.ts', import.meta.url))
const firstFetchMs = 180_000

// On other systems no software device can be had from npm; there `npm run gpu-check` does the same on the real one.
describe.runIf(process.platform === 'linux' && process.arch === 'x64')(
  'provider webgpu, on a device in software',
  () => {
    it(
      'gives the bits of cpu and wasm, with every operator on the device',
      async () => {
        const env = { ...process.env, ...(await swiftshaderEnvironment()) }
        const args = ['--conditions=@sluice/source', child, temporaryFolder()]
        const { stdout } = await promisify(execFile)(process.execPath, args, { env })
        const results: Record<string, Record<string, string>> = JSON.parse(stdout)
        const { 'a consumer on the device': consumer, 'another thread': thread, ...lookups } = results
        expect(Object.keys(lookups)).toEqual([
          'files',
          'bf16 rows alone',
          'f16 rows alone',
          'memory',
          'token table alone',
        ])
        expect(consumer).toEqual({
          consumer: results['files']!['cpu'],
          location: 'gpu-buffer',
          dims: '40 x 128 x 256',
        })
        expect(thread!['meanwhile']).toContain('another thread of this process has the device')
        expect(thread!['afterwards']).toBe('embedded')
        for (const hashes of Object.values(lookups)) {
          expect(hashes['wasm']).toBe(hashes['cpu'])
          expect(hashes['webgpu']).toBe(hashes['cpu'])
          expect(hashes['cpu']).toMatch(/^[\da-f]{64}$/u)
        }
        expect(results['memory']).toEqual(results['files'])
      },
      firstFetchMs,
    )
  },
)
