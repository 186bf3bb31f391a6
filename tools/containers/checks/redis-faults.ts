import type { Check } from '../check.ts'
import { DisturbedRun } from '../stack/disturbed-run.ts'

export const redisRestarted: Check = {
  name: 'Redis is told to stop, saves, and is started again: the run resumes from its file',
  async run(bench) {
    await using run = await DisturbedRun.underWay(bench, { name: 'redis-restarted' })
    const redis = await run.stack.redis()
    await redis.tell('stop')
    const output = await redis.output()
    const code = await redis.inspect<number>('.State.ExitCode')
    if (code !== 0 || !output.includes('Redis is now ready to exit')) {
      throw new Error(`Expected Redis to end by itself with 0, got ${code}:\n${output.slice(-800)}`)
    }
    await redis.tell('start')
    run.assertUnfinished('when Redis was restarted')
    await run.assertSameDataset()
  },
}

export const redisEmptied: Check = {
  name: 'Redis loses everything, and the same run enqueued again resumes from its receipts',
  async run(bench) {
    await using run = await DisturbedRun.underWay(bench, { name: 'redis-emptied' })
    await run.stack.redisCommand('FLUSHALL')
    await run.stack.compose('restart', 'redis')
    const before = run.run.partsDone()
    run.assertUnfinished('when Redis was emptied')
    const outcome = await run.submit()
    if (outcome !== 'added')
      throw new Error(`Expected Redis not to know the run any more, got \`${outcome}\``)
    await run.assertSameDataset()
    bench.note(`emptied after ${before} parts`)
  },
}
