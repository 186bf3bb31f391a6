import type { Check } from '../check.ts'
import { DisturbedRun } from '../stack/disturbed-run.ts'

export const drain: Check = {
  name: '`docker stop` drains a worker: it gives its jobs back and ends with 0, and nobody waits for its locks',
  async run(bench) {
    await using run = await DisturbedRun.underWay(bench, { name: 'drain' })
    const [leaving, heir] = await run.stack.workers()
    await leaving!.tell('update', '--cpus', '1')
    await leaving!.tell('stop', '--time', '30')
    const code = await leaving!.inspect<number>('.State.ExitCode')
    const said = (await leaving!.lines()).map(({ msg }) => msg)
    if (code !== 0 || !said.includes('worker stopped')) {
      throw new Error(
        `Expected exit code 0 and \`worker stopped\`, got ${code}: ${said.slice(-5).join('; ')}`,
      )
    }
    run.assertUnfinished('when a worker was stopped')
    await run.assertSameDataset()
    const stalled = (await heir!.lines()).filter(
      ({ msg }) => msg === 'job of a silent worker is given to another',
    )
    if (stalled.length > 0) throw new Error(`The worker that was stopped left ${stalled.length} jobs locked`)
  },
}
