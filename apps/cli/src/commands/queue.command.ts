import type { Command } from 'commander'
import { parseInteger } from './parse-option.ts'
import { addQueueOptions, type QueueFlags } from './queue-options.ts'

export interface JobsFlags extends QueueFlags {
  readonly json?: boolean
  readonly limit: number
}

export interface RunFlags extends QueueFlags {
  readonly json?: boolean
}

/** Commands that look at and change the runs on the queue. */
export function addQueueCommands(program: Command): void {
  addQueueOptions(
    program
      .command('jobs')
      .summary('the runs on the queue')
      .description('Lists the runs on the queue, the latest first, and how many tasks are where.'),
  )
    .option('-n, --limit <n>', 'how many runs', parseInteger, 20)
    .option('--json', 'one JSON object on standard output')
    .action(async (flags: JobsFlags) => {
      const { jobs } = await import('./queue.ts')
      await jobs(flags)
    })
  for (const [name, summary, description] of [
    ['status', 'how far a run is', 'Says how far a run is, and why it failed if it did.'],
    [
      'watch',
      'a run until it is over',
      'Shows a run until it is over; Ctrl-C ends the watching, not the run.',
    ],
    ['cancel', 'stop a run', 'Stops a run; what is finished stays, and `retry` goes on from there.'],
    [
      'retry',
      'start a failed or cancelled run anew',
      'Starts a run anew that failed or was cancelled; it goes on from what is finished.',
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
