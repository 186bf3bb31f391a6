import { Option, type Command } from 'commander'
import type { ExportFlags } from './export.ts'

export function addExportCommand(program: Command): void {
  program
    .command('export')
    .summary('a dataset in the format of another training pipeline')
    .description(
      'Writes a dataset as Megatron .bin/.idx, a folder for load_from_disk, Parquet, flat tokens with document offsets, or numpy files.',
    )
    .argument('<dir>', 'folder of the dataset')
    .addOption(
      new Option('--to <format>', 'format')
        .choices(['megatron', 'hf', 'parquet', 'tokens', 'npy'])
        .makeOptionMandatory(),
    )
    .requiredOption('-o, --out <dir>', 'folder to make')
    .addOption(
      new Option(
        '--unit <unit>',
        'what megatron and tokens call a document (default: document where the dataset keeps document columns)',
      ).choices(['document', 'window']),
    )
    .option('--labels', 'add the column labels to hf, as transformers takes it')
    .addOption(
      new Option(
        '--embeddings <choice>',
        'whether hf, parquet and npy have inputs_embeds, added up where the dataset is lazy (default: keep)',
      ).choices(['keep', 'leave-out']),
    )
    .option(
      '--model <dir>',
      "where the model's folder is, for a dataset that refers to its tensors (run --reference)",
    )
    .action(async (dir: string, flags: ExportFlags) => {
      const { exportTo } = await import('./export.ts')
      await exportTo(dir, flags)
    })
}
