import { invalid, objectAt, stringAt } from '../../load/json-shape.ts'
import { readTokenIds } from '../read-token-ids.ts'
import type { ModelFamily } from '../token-model.ts'
import { createWordLevel } from './wordlevel.ts'

/** A token for each whole word: users' own small tokenizers. */
export const wordLevelFamily: ModelFamily = {
  name: 'WordLevel',
  matches: (model) => model['type'] === 'WordLevel',
  read(model) {
    const ids = readTokenIds(objectAt(model['vocab'], 'model.vocab'))
    const unknown = stringAt(model['unk_token'], 'model.unk_token')
    // Without it the reference fails at the first word that it does not know.
    const unkId = ids.get(unknown) ?? invalid('model.unk_token', 'a token of the vocabulary', unknown)
    return { model: createWordLevel({ ids, unkId }), tokens: [...ids] }
  },
}
