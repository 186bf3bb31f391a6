import { readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { temporaryFolder, theVerdict } from '@sluice/testing'
import { expect, test } from 'vitest'
import { resolveRunConfig, runLocally, type RunEvent } from '../src/index.ts'

const text = readFileSync(theVerdict)

/** Runs over two files, and does something to them at the first event that `isMoment` accepts. */
async function runWith(act: (path: string) => void, isMoment: (event: RunEvent) => boolean): Promise<string> {
  const folder = temporaryFolder()
  const corpus = [join(folder, '0.txt'), join(folder, '1.txt')]
  for (const path of corpus) writeFileSync(path, text)
  // Old enough that only what happens now could have changed them.
  await delay(1100)
  const config = resolveRunConfig({ corpus, maxLength: 8, embeddings: 'none' })
  let acted = false
  const onEvent = (event: RunEvent): void => {
    if (acted || !isMoment(event)) return
    acted = true
    act(corpus[1]!)
  }
  const out = join(folder, 'out')
  const outcome = await runLocally({ config, out, threads: 1, segmentBytes: 3000, onEvent }).then(
    () => 'done',
    (error: unknown) => String((error as { code?: unknown }).code),
  )
  expect(acted).toBe(true)
  if (outcome !== 'done') expect(readdirSync(folder)).not.toContain('out')
  return outcome
}

/** Same name, same size, same times as far as a program can set them. */
function rewrite(path: string): void {
  const changed = Buffer.from(text)
  changed.write('other words', changed.length - 400)
  writeFileSync(path, changed)
  utimesSync(path, new Date(0), new Date(0))
}

const planned = ({ event }: RunEvent): boolean => event === 'planned'
const underWay = (event: RunEvent): boolean => event.event === 'progress' && event.done > 0

test('a source that is rewritten in place after it was hashed ends the run', async () => {
  expect(await runWith(rewrite, planned)).toBe('source-changed')
  expect(await runWith(rewrite, underWay)).toBe('source-changed')
})

test('a source that was touched, but holds what it held, is used', async () => {
  const touch = (path: string): void => writeFileSync(path, text)
  expect(await runWith(touch, planned)).toBe('done')
  expect(await runWith(touch, underWay)).toBe('done')
})
