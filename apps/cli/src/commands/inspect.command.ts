import type { Command } from 'commander'
import { CommandError } from '../errors.ts'
import { configFlag } from '../options/config-flag.ts'
import { parseInteger } from '../options/parse-integer.ts'
import type { OriginFlags } from './inspect-origin.ts'
import type { InspectFlags } from './inspect-parts.ts'
import type { InspectModelFlags } from './inspect-model.ts'

/** `sluice inspect`, as typed: a dataset or a model. */
type Flags = InspectFlags & OriginFlags & InspectModelFlags & { readonly model?: string }

export function addInspectCommand(program: Command): void {
  program
    .command('inspect')
    .summary('what is in a dataset, or what a model folder would give')
    .description(
      'Prints the schema, the counts and the identities of a dataset, and its first rows decoded back to text. With --row or --token, says which documents and records that row, or that place in the stream of all ids, came from: positions are bytes of the decompressed text, or row numbers of a table. With --model, says what a run would compute from a model folder: formula, tensors, element types, token between documents, and what not to do with the vectors.',
    )
    .argument('[dir]', 'folder of the dataset')
    .option('-n, --rows <n>', 'rows to show', parseInteger('--rows'), 3)
    .option('--row <n>', 'say where row n came from', parseInteger('--row'))
    .option('--token <n>', 'say where id n of the token stream came from', parseInteger('--token'))
    .addOption(configFlag('model', 'none'))
    .addOption(configFlag('tokenTensor'))
    .addOption(configFlag('computeDtype'))
    .addOption(configFlag('semantics'))
    .option('--json', 'one JSON object on standard output', false)
    .action(async (dir: string | undefined, flags: Flags) => {
      const { model } = flags
      if ((dir === undefined) === (model === undefined)) {
        throw new CommandError(
          'invalid-option',
          'Expected the folder of a dataset, or `--model` and a model folder',
        )
      }
      if (model !== undefined) {
        const { inspectModel } = await import('./inspect-model.ts')
        return inspectModel(model, flags)
      }
      if (flags.row !== undefined || flags.token !== undefined) {
        const { inspectOrigin } = await import('./inspect-origin.ts')
        return inspectOrigin(dir!, flags)
      }
      const { inspect } = await import('./inspect.ts')
      return inspect(dir!, flags)
    })
}
