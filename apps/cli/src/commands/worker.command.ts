import type { Command } from 'commander'
import { parseInteger } from './parse-option.ts'
import { addQueueOptions, type QueueFlags } from './queue-options.ts'

export interface WorkerFlags extends QueueFlags {
  readonly root?: string
  readonly threads?: number
  readonly port?: number
}

export function addWorkerCommand(program: Command): void {
  addQueueOptions(
    program
      .command('worker')
      .summary('take tasks from the queue until it is stopped')
      .description(
        'Starts a worker: the program of the container. It is set by SLUICE_… variables of the environment, which these options override.',
      ),
  )
    .option('--root <dir>', 'the data folder that all share (default: SLUICE_ROOT, else this folder)')
    .option('--threads <n>', 'worker threads (default: the number of cores)', parseInteger)
    .option('--port <n>', 'of /healthz, /readyz and /metrics (default: 9464, 0 for any)', parseInteger)
    .action(async (flags: WorkerFlags) => {
      const { worker } = await import('./worker.ts')
      await worker(flags)
    })
}
