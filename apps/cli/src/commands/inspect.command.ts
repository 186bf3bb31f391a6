import type { Command } from 'commander'
import { parseInteger } from './parse-option.ts'

export interface InspectFlags {
  readonly rows: number
  readonly json: boolean
}

export function addInspectCommand(program: Command): void {
  program
    .command('inspect')
    .summary('what is in a dataset')
    .description(
      'Prints the schema, the counts and the identities of a dataset, and its first rows decoded back to text.',
    )
    .argument('<dir>', 'folder of the dataset')
    .option('-n, --rows <n>', 'rows to show', parseInteger, 3)
    .option('--json', 'one JSON object on standard output', false)
    .action(async (dir: string, flags: InspectFlags) => {
      const { inspect } = await import('./inspect.ts')
      await inspect(dir, flags)
    })
}
