/**
 * Values that a document carries besides its text, in the order of the option `keep`: texts as they are, numbers and
 * booleans in their JSON form, objects and lists as JSON; `null` where the document has none.
 */
export type KeptValues = readonly (string | null)[]

/**
 * What reading gives: documents as UTF-8 bytes in pieces, so that a document of any size passes through in bounded
 * memory. A document is `start`, any number of `bytes`, `end`. A piece begins and ends at a character border.
 *
 * Positions are byte offsets in the (decompressed) source for .txt, .jsonl and .csv, row numbers (from 0) for .parquet
 * and .arrow. In flat files of ids and .npy they are byte offsets too: each id has as many bytes as the next.
 */
export type DocumentEvent =
  | {
      readonly kind: 'start'
      readonly position: number
      /** The document began in an earlier segment. */
      readonly continued: boolean
      /** Values of the fields or columns to keep; absent where none are kept. */
      readonly kept?: KeptValues
    }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  /** In place of `bytes` where the source holds ids, which were checked. */
  | { readonly kind: 'ids'; readonly ids: Uint32Array }
  | {
      /**
       * The text of a .txt has other bytes than its source: `textLength` of them for the `byteLength` at `position`, which are
       * not UTF-8. Comes before the bytes it is about.
       */
      readonly kind: 'repair'
      readonly position: number
      readonly byteLength: number
      readonly textLength: number
    }
  | {
      readonly kind: 'end'
      /** One past the last byte or row of the document that this segment holds. */
      readonly position: number
      /** The document continues in the next segment. */
      readonly continues: boolean
    }

/**
 * Events come in batches, one for each piece of input read. The bytes in a batch are valid until the next batch is
 * asked for: their memory is used again.
 */
export type DocumentStream = AsyncGenerator<readonly DocumentEvent[], void, undefined>
