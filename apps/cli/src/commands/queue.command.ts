import type { Command } from 'commander'
import { parseInteger } from '../options/parse-integer.ts'
import { addQueueOptions } from '../options/queue-options.ts'
import type { JobsFlags, RunFlags } from './queue.ts'

/** Commands that look at and change the runs on the queue. */
export function addQueueCommands(program: Command): void {
  addQueueOptions(
    program
      .command('jobs')
      .summary('the runs on the queue')
      .description('Lists the runs on the queue, the latest first, and the number of tasks in each state.'),
  )
    .option('-n, --limit <n>', 'runs to show', parseInteger('--limit', [1, Number.MAX_SAFE_INTEGER]), 20)
    .option('--json', 'one JSON object on standard output')
    .action(async (flags: JobsFlags) => {
      const { jobs } = await import('./queue.ts')
      await jobs(flags)
    })
  for (const [name, summary, description] of [
    ['status', 'how far a run is', 'Shows how far a run is, and why it failed if it did.'],
    [
      'watch',
      'a run until it is over',
      'Shows a run until it is over; Ctrl-C ends the watching, not the run.',
    ],
    ['cancel', 'stop a run', 'Stops a run; what is finished stays, and `sluice retry` resumes from there.'],
    [
      'retry',
      'resume a failed or cancelled run',
      'Puts a failed or cancelled run on the queue again; it resumes from what is finished.',
    ],
  ] as const) {
    addQueueOptions(program.command(name).summary(summary).description(description))
      .argument('<run>', 'id of the run')
      .option('--json', 'JSON on standard output')
      .action(async (runId: string, flags: RunFlags) => {
        const commands = await import('./queue.ts')
        await commands[name](runId, flags)
      })
  }
}
