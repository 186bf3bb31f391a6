import type { Command } from 'commander'
import { parseInteger } from '../options/parse-integer.ts'
import { addQueueOptions } from '../options/queue-options.ts'
import type { WorkerFlags } from './worker.ts'

export function addWorkerCommand(program: Command): void {
  addQueueOptions(
    program
      .command('worker')
      .summary('take tasks from the queue until it is stopped')
      .description(
        'Starts a worker: the program of the container. SLUICE_… variables of the environment configure it; these options override them.',
      ),
  )
    .option('--root <dir>', 'the data folder that workers share (default: SLUICE_ROOT, else this folder)')
    .option(
      '--threads <n>',
      'worker threads (default: the number of cores)',
      parseInteger('--threads', [1, 512]),
    )
    .option(
      '--port <n>',
      'port of /healthz, /readyz and /metrics; 0 for any (default: 9464)',
      parseInteger('--port', [0, 65_535]),
    )
    .action(async (flags: WorkerFlags) => {
      const { worker } = await import('./worker.ts')
      await worker(flags)
    })
}
