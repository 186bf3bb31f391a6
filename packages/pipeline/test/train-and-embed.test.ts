import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { repositoryRoot, temporaryFolder } from '@sluice/testing'
import { expect, test } from 'vitest'

test('the example trains the tables of a run, and the next run has the trained vectors', async () => {
  const example = join(repositoryRoot, 'examples/train-and-embed.ts')
  const args = ['--conditions=@sluice/source', example, temporaryFolder()]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  const losses = Array.from(stdout.matchAll(/loss (\S+)/gu), ([, loss]) => Number(loss))
  expect(losses).toHaveLength(3)
  expect(losses).toEqual(losses.toSorted((a, b) => b - a))
  expect(stdout).toContain('the first vector of the new dataset is the trained one')
})
