import type { Command } from 'commander'
import { parseInteger } from '../options/parse-integer.ts'
import type { InspectFlags } from './inspect.ts'

export function addInspectCommand(program: Command): void {
  program
    .command('inspect')
    .summary('what is in a dataset')
    .description(
      'Prints the schema, the counts and the identities of a dataset, and its first rows decoded back to text.',
    )
    .argument('<dir>', 'folder of the dataset')
    .option('-n, --rows <n>', 'rows to show', parseInteger('--rows'), 3)
    .option('--json', 'one JSON object on standard output', false)
    .action(async (dir: string, flags: InspectFlags) => {
      const { inspect } = await import('./inspect.ts')
      await inspect(dir, flags)
    })
}
