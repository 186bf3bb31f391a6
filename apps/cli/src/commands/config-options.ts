import { Option, type Command } from 'commander'
import { parseInteger, parseSeed, parseSplit } from './parse-option.ts'

/** The flags that make a run's configuration: `--max-length` is `maxLength`, and so on. */
export interface ConfigFlags {
  readonly config?: string
  readonly format?: string
  readonly compression?: string
  readonly textField?: string
  readonly onError?: string
  readonly invalid?: string
  readonly encoding?: string
  readonly special?: string
  readonly separator?: string
  readonly boundary?: string
  readonly tail?: string
  readonly documents?: string
  readonly positions?: string
  readonly packing?: string
  readonly onPoison?: string
  readonly split?: { readonly validation: number; readonly seed?: number }
  readonly shuffle?: { readonly seed: number }
  readonly maxLength?: number
  readonly stride?: number
  readonly embeddings?: string
  readonly dim?: number
  readonly contextLength?: number
  readonly seed?: number
  readonly dtype?: string
  readonly layout?: string
  readonly idType?: string
  readonly ipc?: string
}

/**
 * Adds the configuration's flags to a command. Names, defaults and bounds are the configuration schema's; they stand
 * here too so that `--help` need not load it, and a test holds the two together.
 */
export function addConfigOptions(command: Command): Command {
  return command
    .option(
      '--config <file>',
      'options from a file (default: sluice.config.{json,yaml,ts} where it is there)',
    )
    .addOption(
      new Option('--format <name>', 'what the sources are, where their content does not tell').choices([
        'txt',
        'jsonl',
        'csv',
        'parquet',
        'arrow-file',
        'arrow-stream',
      ]),
    )
    .addOption(
      new Option(
        '--compression <name>',
        'how they are compressed, where their content does not tell',
      ).choices(['none', 'gzip', 'zstd', 'brotli', 'xz']),
    )
    .option('--text-field <name>', 'field or column that holds the text (default: text)')
    .addOption(
      new Option(
        '--on-error <policy>',
        'content that cannot be read: stop, leave it out, or that with U+FFFD for bad bytes (default: fail)',
      ).choices(['fail', 'skip', 'replace']),
    )
    .addOption(
      new Option(
        '--invalid <policy>',
        'bytes that are not UTF-8: stop, leave out, or U+FFFD (default: as --on-error)',
      ).choices(['fail', 'skip', 'replace']),
    )
    .option('--encoding <name>', 'tokenizer, by its tiktoken name (default: gpt2)')
    .addOption(
      new Option(
        '--special <which>',
        'special tokens that are themselves when the corpus holds their text (default: end-of-text)',
      ).choices(['end-of-text', 'all', 'none']),
    )
    .addOption(
      new Option(
        '--separator <where>',
        'where the end-of-text id stands among documents (default: between)',
      ).choices(['between', 'after', 'none']),
    )
    .addOption(
      new Option(
        '--boundary <kind>',
        'windows run over the ends of documents, or each is cut for itself (default: cross)',
      ).choices(['cross', 'document']),
    )
    .addOption(
      new Option(
        '--tail <policy>',
        'ids after the last whole window: leave out, fill one up, or stop (default: drop)',
      ).choices(['drop', 'pad', 'error']),
    )
    .addOption(
      new Option(
        '--documents <columns>',
        'columns that tell the documents of a window apart (default: none)',
      ).choices(['none', 'ids', 'boundaries']),
    )
    .addOption(
      new Option(
        '--positions <kind>',
        'positions of a window, or from 0 with each document in it (default: continue)',
      ).choices(['continue', 'restart']),
    )
    .addOption(
      new Option(
        '--packing <kind>',
        'one window for several short documents, chosen to fill it (default: none)',
      ).choices(['none', 'best-fit']),
    )
    .addOption(
      new Option(
        '--on-poison <policy>',
        'a piece of the corpus that nobody can read: stop, or leave a hole (default: fail)',
      ).choices(['fail', 'hole']),
    )
    .option(
      '--split <share[,seed]>',
      'two datasets: about this share of the documents in OUT/validation, the others in OUT/train (default: one)',
      parseSplit,
    )
    .option('--shuffle <seed>', 'rows in the random order of this seed (default: in order)', parseSeed)
    .option('--max-length <n>', 'ids in a window (default: 256)', parseInteger)
    .option('--stride <n>', 'ids from one window to the next (default: max-length)', parseInteger)
    .addOption(
      new Option(
        '--embeddings <mode>',
        'embeddings as rows, as tables, or not at all (default: full)',
      ).choices(['full', 'lazy', 'none']),
    )
    .option('--dim <n>', 'numbers in an embedding vector (default: 256)', parseInteger)
    .option('--context-length <n>', 'rows of the position table (default: max-length)', parseInteger)
    .option('--seed <n>', 'torch.manual_seed of the tables (default: 123)', parseInteger)
    .addOption(
      new Option('--dtype <name>', 'element type of the embeddings (default: f32)').choices([
        'f32',
        'f16',
        'bf16',
      ]),
    )
    .addOption(
      new Option('--layout <name>', 'Arrow type of the embeddings (default: nested)').choices([
        'nested',
        'flat',
        'tensor',
      ]),
    )
    .addOption(
      new Option('--id-type <name>', 'element type of the ids (default: int32)').choices(['int32', 'uint16']),
    )
    .addOption(
      new Option('--ipc <kind>', 'Arrow IPC file or stream (default: file)').choices(['file', 'stream']),
    )
}
