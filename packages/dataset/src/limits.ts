/** What a dataset's files may cost to read: the Python reader has the same numbers. */
export const datasetLimits = {
  /** Bytes of a manifest, plan, header or receipt: a manifest has a few hundred a part, a plan as many a source. */
  jsonBytes: 2 ** 27,
  /** Commas and opening brackets in it, which bound its values: a byte can stand for dozens in memory. */
  jsonMarks: 2 ** 23,
  /** Objects and arrays in each other. Ours have six; what a reader does with a value may recurse. */
  jsonDepth: 64,
  /** Bytes of the header of a table: ours has a few hundred. */
  tableHeaderBytes: 2 ** 24,
  /** Bytes of a record batch. */
  batchBytes: 2 ** 30,
} as const
