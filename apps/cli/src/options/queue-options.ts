import type { Command } from 'commander'

/** Where the queue is, as typed. */
export interface QueueFlags {
  readonly redis?: string
}

export function addQueueOptions(command: Command): Command {
  return command.option(
    '--redis <url>',
    'redis:// or rediss:// (default: SLUICE_REDIS_URL, else redis://127.0.0.1:6379)',
  )
}
