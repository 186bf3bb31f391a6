import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { confineToRoot, openPlannedSource } from '@sluice/pipeline'
import { temporaryFolder } from '@sluice/testing'
import { expect, test } from 'vitest'
import { parseRunPayload, parseTaskPayload, runIdOf, taskJobId } from '../src/index.ts'

/** A data root, and a secret beside it. */
function rootWithSecret(): { readonly root: string; readonly outside: string } {
  const folder = temporaryFolder()
  const root = join(folder, 'root')
  const outside = join(folder, 'secret.txt')
  mkdirSync(join(root, 'corpus'), { recursive: true })
  writeFileSync(join(root, 'corpus', 'a.txt'), 'text')
  writeFileSync(outside, 'secret')
  symlinkSync(outside, join(root, 'corpus', 'link.txt'))
  symlinkSync(folder, join(root, 'up'))
  symlinkSync(join(folder, 'not-yet'), join(root, 'dangling'))
  symlinkSync('a.txt', join(root, 'corpus', 'inside.txt'))
  return { root, outside }
}

const bad = [
  '../secret.txt',
  'corpus/../../secret.txt',
  'corpus/link.txt',
  'up/secret.txt',
  './corpus/a.txt',
  '',
]

test('a source is read inside of the roots only, whatever the plan calls it', async () => {
  const { root, outside } = rootWithSecret()
  const planned = (name: string) => ({ name, byteLength: 4, sha256: 'ab' })
  const access = { path: join(root, 'run'), roots: [root] }
  for (const name of ['corpus/a.txt', 'corpus/inside.txt']) {
    await using source = await openPlannedSource(planned(name), access)
    expect(source.byteLength).toBe(4)
  }
  for (const name of [...bad, outside, 'C:\\secret.txt', 'corpus/a.txt\0']) {
    await expect(openPlannedSource(planned(name), access), name).rejects.toMatchObject({
      code: 'forbidden-path',
    })
  }
})

test('a worker fetches no address that a plan names: only the copy in the run folder', async () => {
  const { root } = rootWithSecret()
  const access = { path: join(root, 'run'), roots: [root] }
  for (const name of ['http://169.254.169.254/latest', 'http://127.0.0.1:1/', 's3://bucket/key', '-']) {
    const planned = { name, byteLength: 4, sha256: 'ab' }
    await expect(openPlannedSource(planned, access), name).rejects.toMatchObject({ code: 'source-changed' })
  }
})

test('a run is written below the root only', async () => {
  const { root, outside } = rootWithSecret()
  expect(await confineToRoot('runs/new', root)).toBe(join(root, 'runs', 'new'))
  for (const name of ['../out', 'up/out', 'runs/../../out', outside, 'runs//out']) {
    await expect(confineToRoot(name, root), name).rejects.toMatchObject({ code: 'forbidden-path' })
  }
})

test('a source that has changed its size since it was planned is not read', async () => {
  const { root } = rootWithSecret()
  const planned = { name: 'corpus/a.txt', byteLength: 5, sha256: 'ab' }
  const opening = openPlannedSource(planned, { path: join(root, 'run'), roots: [root] })
  await expect(opening).rejects.toMatchObject({ code: 'source-changed' })
})

const planId = 'a'.repeat(64)
const run = {
  version: 1,
  out: 'runs/a',
  planId,
  segmentBytes: 1,
  attempt: 0,
  cancelled: false,
  label: '',
  sourceBytes: 0,
} as const
const task = { version: 1, runId: 'run-1', out: 'runs/a', planId, tasks: [{ kind: 'tables' }] } as const

test('a job whose data is not as it should be is refused before anything is done', () => {
  expect(parseRunPayload(run)).toEqual(run)
  expect(parseTaskPayload(task)).toEqual(task)
  const wrong: readonly unknown[] = [
    undefined,
    null,
    'run',
    { ...run, out: '/etc' },
    { ...run, out: '../x' },
    { ...run, planId: '../../plan' },
    { ...run, version: 2 },
    { ...run, more: 1 },
    { ...run, label: 'x'.repeat(20_000) },
  ]
  for (const data of wrong) expect(() => parseRunPayload(data)).toThrow(/Job data|bytes of job data/)
  const segment = { kind: 'bytes', start: -1, end: 2 }
  for (const many of [[], Array.from({ length: 65 }, () => task.tasks[0])]) {
    expect(() => parseTaskPayload({ ...task, tasks: many })).toThrow(/Job data/)
  }
  const tasks: readonly unknown[] = [
    { kind: 'rm' },
    { kind: 'tokenize', source: 0, segment, byteLength: 1 },
    { kind: 'embed', index: 'x', part: 0, firstWindow: 0, rows: 0 },
  ]
  for (const one of tasks) expect(() => parseTaskPayload({ ...task, tasks: [one] })).toThrow(/Job data/)
})

test('ids carry the run, and are the same for the same plan and folder', () => {
  expect(runIdOf(planId, 'a')).toBe(runIdOf(planId, 'a'))
  expect(runIdOf(planId, 'a')).not.toBe(runIdOf(planId, 'b'))
  expect(taskJobId('run-1', 2, [{ kind: 'tables' }])).toBe('run-1.2.tables')
  const part = (number: number) =>
    ({ kind: 'embed', index: 'x', part: number, firstWindow: 0, rows: 1 }) as const
  expect(taskJobId('run-1', 0, [part(1), part(2)])).toMatch(/^run-1\.0\.embed-1-and-1-[0-9a-f]{12}$/)
  expect(taskJobId('run-1', 0, [part(1), part(2)])).not.toBe(taskJobId('run-1', 0, [part(1), part(3)]))
})
