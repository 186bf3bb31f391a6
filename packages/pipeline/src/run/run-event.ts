import type { InputAccount, TokenFormat } from '@sluice/dataset'
import type { DocumentMarks } from '../tokenizer/document-marks.ts'
import type { RunSize } from '../estimate/run-size.ts'

/** What happened, for whoever shows it. Plain JSON; the names are stable. */
export type RunEvent =
  | {
      readonly event: 'planned'
      readonly planId: string
      /** Which of the two datasets of a split. */
      readonly split?: 'train' | 'validation'
      /** The format of token files; absent where windows are made. */
      readonly to?: TokenFormat
      readonly sources: number
      /** Bytes of all sources. */
      readonly sourceBytes: number
      readonly size: RunSize
      /** Everything that was found where the sources were looked for. */
      readonly inputs: InputAccount
      /** The ids between and around documents, and who named them. */
      readonly marks: DocumentMarks
    }
  | {
      /** Large sources are read once before a run is planned, to know their content by its hash. */
      readonly event: 'hashing'
      /** Bytes of all sources. */
      readonly done: number
      readonly total: number
    }
  | {
      readonly event: 'progress'
      readonly phase: 'tokenize' | 'embed'
      /** In the phase's unit: source bytes, windows. */
      readonly done: number
      readonly total: number
    }
  | { readonly event: 'tokenized'; readonly size: RunSize }
  | { readonly event: 'part'; readonly part: number; readonly rows: number }
  | { readonly event: 'hole'; readonly task: string; readonly why: string }
  | { readonly event: 'retry'; readonly task: string; readonly why: string }
  | {
      readonly event: 'done'
      readonly planId: string
      /** Which of the two datasets of a split. */
      readonly split?: 'train' | 'validation'
      /** The dataset was there already: nothing was done. */
      readonly alreadyDone: boolean
      /** 0 of token files. */
      readonly windows: number
      readonly documents: number
      readonly tokens: number | null
      /** Bytes of the parts, or of the token files. */
      readonly byteLength: number
      readonly sourceBytes: number
      readonly seconds: number
      readonly provider: string | null
    }
