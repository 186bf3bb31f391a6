import { invalid, objectAt, stringAt } from '../../load/json-shape.ts'
import { readTokenIds, wordCacheBytes } from '../read-token-ids.ts'
import type { ModelFamily } from '../token-model.ts'
import { createWordPiece } from './wordpiece.ts'

/** The longest tokens from the left: BERT, DistilBERT, ELECTRA, MPNet, MiniLM. */
export const wordPieceFamily: ModelFamily = {
  name: 'WordPiece',
  matches: (model) => model['type'] === 'WordPiece',
  read(model) {
    const ids = readTokenIds(objectAt(model['vocab'], 'model.vocab'))
    const unknown = stringAt(model['unk_token'] ?? '[UNK]', 'model.unk_token')
    const longestWord = model['max_input_chars_per_word'] ?? 100
    if (typeof longestWord !== 'number' || !Number.isInteger(longestWord) || longestWord < 0)
      invalid('model.max_input_chars_per_word', 'a number of characters', longestWord)
    return {
      model: createWordPiece({
        ids,
        unkId: ids.get(unknown) ?? invalid('model.unk_token', 'a token of the vocabulary', unknown),
        continuingPrefix: stringAt(
          model['continuing_subword_prefix'] ?? '##',
          'model.continuing_subword_prefix',
        ),
        longestWord,
        cacheBytes: wordCacheBytes,
      }),
      tokens: [...ids],
    }
  },
}
