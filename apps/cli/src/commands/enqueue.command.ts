import type { Command } from 'commander'
import { addConfigOptions, type ConfigFlags } from './config-options.ts'
import { addQueueOptions, type QueueFlags } from './queue-options.ts'

export interface EnqueueFlags extends ConfigFlags, QueueFlags {
  readonly out?: string
  readonly root?: string
  readonly wait?: boolean
  readonly json?: boolean
  readonly quiet?: boolean
}

export function addEnqueueCommand(program: Command): void {
  const command = program
    .command('enqueue')
    .summary('the same as run, by workers: puts the run on the queue')
    .description(
      'Plans a run and puts it on the queue, for workers that see the same data folder. The same corpus and options into the same folder is the same run: it is not done twice, and goes on from what is finished.',
    )
    .argument('[corpus...]', 'files, folders, globs below the data folder; http(s):// or s3:// URLs; -')
    .option('-o, --out <dir>', 'folder of the dataset, below the data folder')
    .option('--root <dir>', 'the data folder that workers share (default: SLUICE_ROOT, else this folder)')
  addConfigOptions(addQueueOptions(command))
    .option('-w, --wait', 'watch the run until it is over')
    .option('--json', 'JSON on standard output')
    .option('-q, --quiet', 'the id of the run alone')
    .action(async (corpus: string[], flags: EnqueueFlags) => {
      const { enqueue } = await import('./enqueue.ts')
      await enqueue(corpus, flags)
    })
}
