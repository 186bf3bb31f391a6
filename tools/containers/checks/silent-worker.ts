import type { Bench, Check } from '../check.ts'
import { run as runCommand } from '../engine/command.ts'
import { until } from '@sluice/testing'
import type { Container } from '../stack/container.ts'
import { DisturbedRun } from '../stack/disturbed-run.ts'

export const workerPaused: Check = {
  name: 'a worker is frozen past its lock and woken when others have its tasks',
  async run(bench) {
    await using run = await DisturbedRun.underWay(bench, { name: 'paused' })
    const [victim, heir] = await twoWorkers(run)
    await victim.freeze()
    run.assertUnfinished('when a worker was frozen')
    await tasksTakenOver(run, heir)
    await victim.tell('unpause')
    await run.assertSameDataset()
    await healthyAgain(victim)
  },
}

export const workerCutOff: Check = {
  name: 'a worker is cut off the network past its lock and joined again',
  async run(bench) {
    await using run = await DisturbedRun.underWay(bench, { name: 'cut-off' })
    const [victim, heir] = await twoWorkers(run)
    const network = await victim.network()
    await onNetwork(bench, 'disconnect', network, victim)
    run.assertUnfinished('when a worker was cut off')
    await tasksTakenOver(run, heir)
    await onNetwork(bench, 'connect', network, victim)
    await run.assertSameDataset()
    await healthyAgain(victim)
    const lines = await victim.lines()
    const errors = lines.filter((line) => Number(line['level']) >= 50).length
    if (errors > 40) throw new Error(`Expected few error lines of a worker without a network, got ${errors}`)
    bench.note(`${errors} error lines of the worker that was cut off`)
  },
}

async function twoWorkers(run: DisturbedRun): Promise<[Container, Container]> {
  const [first, second] = await run.stack.workers()
  if (first === undefined || second === undefined) throw new Error('Expected two workers')
  return [first, second]
}

/** Waits until the heir says that it got jobs of a silent worker: only then was there something to be harmed. */
async function tasksTakenOver(run: DisturbedRun, heir: Container): Promise<void> {
  await heir.tell('update', '--cpus', '1')
  await until(
    async () => (await heir.lines()).some(({ msg }) => msg === 'job of a silent worker is given to another'),
    60_000,
    () => `a job of the silent worker to be given away (${run.run.partsDone()} parts)`,
  )
}

async function onNetwork(bench: Bench, verb: string, network: string, { id }: Container): Promise<void> {
  await runCommand(['docker', 'network', verb, network, id], { env: bench.engine.env })
}

async function healthyAgain(worker: Container): Promise<void> {
  await until(
    async () => (await worker.get('/readyz').catch(() => undefined))?.status === 200,
    30_000,
    () => 'the worker to be ready again',
  )
}
