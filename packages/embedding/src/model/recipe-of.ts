import { EmbeddingError } from '../errors.ts'
import { encoderFamilies } from './families/encoders.ts'
import { plainFamilies } from './families/plain.ts'
import { positionedFamilies } from './families/positioned.ts'
import { refusedFamilies } from './families/refused.ts'
import { scaledFamilies } from './families/scaled.ts'
import { typesOfParts, typesWithoutText } from './families/without-text.ts'
import type { EmbeddingRecipe } from './recipe.ts'

/** All families by `model_type`: a new one is a row of one of these tables. */
const families: ReadonlyMap<string, EmbeddingRecipe> = new Map(
  [plainFamilies, scaledFamilies, positionedFamilies, encoderFamilies].flatMap((rows) =>
    Object.entries(rows),
  ),
)

/** The model types whose embeddings are computed, sorted. */
export function supportedModelTypes(): readonly string[] {
  return Array.from(families.keys()).toSorted()
}

/**
 * Returns the recipe of a model type.
 *
 * @throws EmbeddingError `unsupported-model` for a type that is refused or unknown: tensor names alone do not tell
 *   whether a table is scaled, so nothing is guessed
 */
export function recipeOf(modelType: string): EmbeddingRecipe {
  const recipe = families.get(modelType)
  if (recipe !== undefined) return recipe
  const refused = `The model type \`${modelType}\` is refused`
  if (typesWithoutText.has(modelType)) {
    throw new EmbeddingError(
      'unsupported-model',
      `${refused}: it takes pictures, sound or series of numbers, and no ids of a text`,
    )
  }
  throw new EmbeddingError('unsupported-model', `${refused}: ${whyRefused(modelType)}`, {
    hint: { option: 'tokenTensor', value: 'NAME', effect: 'takes the rows of that tensor as they are' },
  })
}

function whyRefused(modelType: string): string {
  if (Object.hasOwn(refusedFamilies, modelType)) return refusedFamilies[modelType] ?? ''
  if (typesOfParts.has(modelType))
    return 'it has several parts, and config.json has no `text_config` that says which text model is one of them'
  return `it is not one of the ${families.size} model types known here (${examples()}, …)`
}

function examples(): string {
  return ['bert', 'gemma2', 'gpt2', 'llama', 'qwen3', 't5'].join(', ')
}

/** The recipe of a table that the user named: its rows, and nothing else. */
export function recipeOfTensor(name: string): EmbeddingRecipe {
  return { prefixes: [''], token: [name], tied: false }
}
