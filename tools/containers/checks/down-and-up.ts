import type { Check } from '../check.ts'
import { DisturbedRun } from '../stack/disturbed-run.ts'

export const downAndUp: Check = {
  name: '`down` and `up` in the middle of a run, which resumes by itself',
  async run(bench) {
    await using run = await DisturbedRun.underWay(bench, { name: 'down-up' })
    await run.stack.compose('down')
    // Nobody is left who could change the folder: what it holds now is what `up` finds.
    run.assertUnfinished('after `down`')
    const before = run.run.partsDone()
    await run.stack.start(2)
    bench.note(`down after ${before} parts`)
    await run.assertSameDataset()
  },
}
