import { findCheckpointTables, hashTensor, type LocatedTensor } from '@sluice/embedding'
import { option, sentence } from '@sluice/errors'
import { RunError } from '../errors.ts'
import type { PlannedTables } from '../plan/planned-tables.ts'
import type { RunConfig } from '../plan/run-config.ts'

/** The tables that a run is given, as the process that plans finds them. */
export interface RunTables {
  readonly identity: PlannedTables
  readonly token: LocatedTensor
  readonly position: LocatedTensor | undefined
}

/** What a configuration says about given tables. */
export type TablesChoice = Pick<
  RunConfig,
  'tables' | 'tokenTensor' | 'positionTensor' | 'positionEncoding' | 'embeddings'
>

/**
 * Finds and hashes the tables that a configuration names.
 *
 * @returns undefined where rows hold no embeddings, or no file is named
 * @throws EmbeddingError; RunError `invalid-config` where the positions are to be learned and the file has none
 */
export async function chooseTables(
  choice: TablesChoice,
  signal?: AbortSignal,
): Promise<RunTables | undefined> {
  const { tables: path, tokenTensor, positionTensor, positionEncoding, embeddings } = choice
  if (path === null || embeddings === 'none') return undefined
  const isLearned = positionEncoding === 'learned'
  const { token, position } = await findCheckpointTables(path, {
    ...(tokenTensor !== null && { tokenName: tokenTensor }),
    ...(isLearned ? positionTensor !== null && { positionName: positionTensor } : { positionName: null }),
  })
  if (isLearned && position === undefined) {
    throw new RunError(
      'invalid-config',
      sentence`${path}: expected a table of positions beside ${token.name}; name it with ${option('positionTensor')}, or choose none or sinusoidal with ${option('positionEncoding')}`,
    )
  }
  const identify = async (tensor: LocatedTensor): Promise<PlannedTables['token']> => ({
    ...{ name: tensor.name, dtype: tensor.dtype, shape: Array.from(tensor.shape) },
    sha256: await hashTensor(tensor, signal),
  })
  const identity = {
    token: await identify(token),
    ...(position && { position: await identify(position) }),
  }
  return { identity, token, position }
}
