import * as z from 'zod'

const plannedTable = z.strictObject({
  /** The tensor's name in its file. */
  name: z.string(),
  /** As safetensors names it. */
  dtype: z.string(),
  shape: z.array(z.int().positive()).length(2),
  /** Of its bytes as stored. */
  sha256: z.hex(),
})

/** What a plan says about tables that were given, by content. */
export const plannedTablesSchema = z.strictObject({
  token: plannedTable,
  /** Absent where the positions are none or sinusoidal. */
  position: plannedTable.exactOptional(),
})

/** See {@link plannedTablesSchema}. */
export type PlannedTables = Readonly<z.output<typeof plannedTablesSchema>>
