import {
  documentsFolder,
  listsFolder,
  partsFolder,
  receiptsFolder,
  tablesFolder,
  tablesReceiptName,
  temporaryFolder,
} from '@sluice/dataset'

/** What is kept of tables that are pruned. */
export const prunedFiles = {
  tables: `${tablesFolder}/pruned.safetensors`,
  ids: `${tablesFolder}/kept_ids.npy`,
} as const

/** What goes when only the pruned tables are kept: the whole ones, their graph and their receipt. */
export const wholeTableFiles: readonly string[] = [
  `${tablesFolder}/tables.safetensors`,
  `${tablesFolder}/model.safetensors`,
  `${tablesFolder}/embedding.onnx`,
  tablesReceiptName,
]

/** Folders that a run makes in its own. `spool`, `tokens` and the attempts go when the manifest is there. */
export const runNames = {
  spool: 'spool',
  tokens: 'tokens',
  parts: partsFolder,
  receipts: receiptsFolder,
  documents: documentsFolder,
  tables: tablesFolder,
  tokenizer: 'tokenizer',
  lists: listsFolder,
  attempts: temporaryFolder,
} as const
