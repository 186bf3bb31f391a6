import type { Command } from 'commander'
import { addConfigOptions } from '../options/config-options.ts'
import { addQueueOptions } from '../options/queue-options.ts'
import type { EnqueueFlags } from './enqueue.ts'

export function addEnqueueCommand(program: Command): void {
  const command = program
    .command('enqueue')
    .summary('put a run on the queue, for workers')
    .description(
      'Plans a run and puts it on the queue, for workers that see the same data folder. The same corpus and options into the same folder are the same run: it is not done twice, and resumes from what is finished.',
    )
    .argument('[corpus...]', 'files, folders or globs below the data folder, http(s):// or s3:// URLs, or -')
    .option('--root <dir>', 'the data folder that workers share (default: SLUICE_ROOT, else this folder)')
  addConfigOptions(addQueueOptions(command), [])
    .option('-w, --wait', 'watch the run until it is over')
    .option('--json', 'JSON on standard output')
    .option('-q, --quiet', 'the id of the run alone')
    .action(async (corpus: string[], flags: EnqueueFlags) => {
      const { enqueue } = await import('./enqueue.ts')
      await enqueue(corpus, flags)
    })
}
