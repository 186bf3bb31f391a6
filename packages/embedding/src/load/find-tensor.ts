import { EmbeddingError } from '../errors.ts'
import type { LocatedTensor } from './tensor-file.ts'

/** Names under which the common checkpoints keep their tables, with and without the model's prefix. */
export const knownNames = {
  token: [
    'wte.weight',
    'transformer.wte.weight',
    'tok_emb.weight',
    'model.embed_tokens.weight',
    'embed_tokens.weight',
    'shared.weight',
    'embeddings.word_embeddings.weight',
    'bert.embeddings.word_embeddings.weight',
    'array',
  ],
  position: [
    'wpe.weight',
    'transformer.wpe.weight',
    'pos_emb.weight',
    'embeddings.position_embeddings.weight',
    'bert.embeddings.position_embeddings.weight',
  ],
} as const

/**
 * The one tensor that has one of `names`, the first that is there.
 *
 * @throws EmbeddingError `tensor-not-found`, listing what the file does hold.
 */
export function findTensor(
  tensors: ReadonlyMap<string, LocatedTensor>,
  names: readonly string[],
  path: string,
): LocatedTensor {
  const found = names.map((name) => tensors.get(name)).find((tensor) => tensor !== undefined)
  if (found) return found
  const tables = Array.from(tensors.values()).filter(({ shape }) => shape.length === 2)
  const listed = tables.slice(0, 8).map(({ name, shape }) => `${name} [${shape.join(', ')}]`)
  const more = tables.length > listed.length ? ` and ${tables.length - listed.length} more` : ''
  throw new EmbeddingError(
    'tensor-not-found',
    `${path}: no tensor named ${names.join(' or ')}; its tensors of two dimensions are ${listed.join(', ') || 'none'}${more}. Name the one you mean`,
  )
}
