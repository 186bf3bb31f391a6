import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Bench, Check } from '../check.ts'
import { attempt, run as runCommand } from '../engine/command.ts'
import { Engine } from '../engine/engine.ts'
import { DisturbedRun, testUser } from '../stack/disturbed-run.ts'
import { Stack } from '../stack/stack.ts'
import { workerImage } from './image.ts'

const namespace = 'sluice-test-b'
const addresses = { here: '10.249.81.1', there: '10.249.81.2' }
/** Milliseconds for which the machines do not see each other: past the locks' 5 s. */
const apartMs = 9000

export const twoMachines: Check = {
  name: 'workers of two machines, apart for longer than a lock: an engine each, in network namespaces, and one folder',
  long: true,
  async run(bench) {
    await connectNamespace()
    try {
      await using other = await Engine.startInNamespace(join(bench.scratch, 'engine-b'), namespace)
      await giveImage(bench, other)
      const variables = { QUEUE_ADDRESS: addresses.here }
      const queue = { files: ['deploy/multi-host/queue.yml'], variables }
      const size = { workers: 1, copies: 1500 }
      await using run = await DisturbedRun.prepare(bench, { name: 'machine-a', ...size, ...queue })
      const settings = { ...variables, REDIS_PASSWORD: run.stack.password, SLUICE_USER: testUser }
      const onOther = { name: 'sluice-machine-b', data: run.run.root, workers: 2, variables: settings }
      const workers = { ...onOther, files: ['deploy/multi-host/workers.yml'] }
      await using stack = await Stack.up({ ...bench, engine: other }, workers)
      const setCpus = async (cpus: string): Promise<void> => {
        const all = [...(await run.stack.workers()), ...(await stack.workers())]
        await Promise.all(all.map((worker) => worker.tell('update', '--cpus', cpus)))
      }
      await setCpus('0.1')
      await run.submit()
      await run.parts(2)
      await setCpus('0.01')
      await runCommand(['ip', 'link', 'set', 'sluice-a', 'down'])
      await delay(apartMs)
      run.assertUnfinished('when the machines were apart')
      await runCommand(['ip', 'link', 'set', 'sluice-a', 'up'])
      await setCpus('1')
      await run.assertSameDataset()
      const lines = (await Promise.all((await stack.workers()).map((worker) => worker.lines()))).flat()
      const done = lines.filter(({ msg }) => msg === 'task done').length
      if (done === 0) throw new Error('Expected the workers of the other machine to have done tasks')
      bench.note(`${done} tasks were done on the other machine`)
    } finally {
      await attempt(['ip', 'netns', 'delete', namespace])
      await attempt(['ip', 'link', 'delete', 'sluice-a'])
    }
  },
}

/** A cable between this machine and another network namespace. */
async function connectNamespace(): Promise<void> {
  const there = ['ip', '-netns', namespace]
  await runCommand(['ip', 'netns', 'add', namespace])
  await runCommand([
    'ip',
    'link',
    'add',
    'sluice-a',
    'type',
    'veth',
    'peer',
    'name',
    'sluice-b',
    'netns',
    namespace,
  ])
  await runCommand(['ip', 'address', 'add', `${addresses.here}/24`, 'dev', 'sluice-a'])
  await runCommand(['ip', 'link', 'set', 'sluice-a', 'up'])
  await runCommand([...there, 'address', 'add', `${addresses.there}/24`, 'dev', 'sluice-b'])
  await runCommand([...there, 'link', 'set', 'sluice-b', 'up'])
  await runCommand([...there, 'link', 'set', 'lo', 'up'])
}

/** Carries the workers' image over, as a registry would, with the command's plug-ins. */
async function giveImage(bench: Bench, other: Engine): Promise<void> {
  const file = join(bench.scratch, 'worker.tar')
  await bench.engine.docker('save', '--output', file, workerImage)
  await other.docker('load', '--input', file)
  await cp(bench.engine.env['DOCKER_CONFIG']!, other.env['DOCKER_CONFIG']!, { recursive: true })
}
