import { statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { mkdir } from 'node:fs/promises'
import type { Check } from '../check.ts'
import { attempt, run as runCommand } from '../engine/command.ts'
import { until } from '@sluice/testing'
import { DisturbedRun } from '../stack/disturbed-run.ts'

export const diskFull: Check = {
  name: 'the volume is full: workers say so and wait, and the run ends once there is room',
  async run(bench) {
    const folder = join(bench.scratch, 'disk-full')
    await mkdir(folder, { recursive: true })
    await runCommand(['mount', '-t', 'tmpfs', '-o', 'size=400m,mode=755', 'sluice-test', folder])
    try {
      await using run = await DisturbedRun.prepare(bench, { name: 'disk-full', copies: 100 })
      // Room for the corpus, the dataset of one process beside it, and two parts.
      const { blocks, bfree, bsize } = await statfs(folder)
      await resize(folder, (blocks - bfree) * bsize + 24e6)
      await run.submit()
      const workers = await run.stack.workers()
      await until(
        async () => {
          const lines = (await Promise.all(workers.map((worker) => worker.lines()))).flat()
          return lines.some(({ msg, reason }) => /tried again/.test(msg) && /no-space/.test(String(reason)))
        },
        60_000,
        () => 'a worker to say that the disk is full',
      )
      run.assertUnfinished('on a full volume')
      await resize(folder, 400e6)
      await run.assertSameDataset()
    } finally {
      await attempt(['umount', '--lazy', folder])
    }
  },
}

async function resize(folder: string, bytes: number): Promise<void> {
  await runCommand(['mount', '-o', `remount,size=${Math.ceil(bytes)}`, folder])
}
