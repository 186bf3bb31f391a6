import type { Encoding } from '@sluice/tokenizer'
import { frameOf } from '../plan/document-frame.ts'
import { placeRuleOf } from '../plan/plan.ts'
import type { RunScope } from '../sources/run-scope.ts'
import { TokenPlacer } from '../tokens/token-places.ts'
import type { TokenReader } from '../tokens/token-stream.ts'

/** Opens what says where in their sources the ids of a run are. */
export function openPlacer(
  tokens: TokenReader,
  { plan, sources, encoding }: Pick<RunScope, 'plan' | 'sources'> & { readonly encoding: Encoding },
): TokenPlacer {
  return new TokenPlacer(tokens, {
    separator: plan.config.separator,
    frame: frameOf(plan.tokenizer),
    // Ids of a corpus of ids have at most 8 bytes.
    tokenByteLengths: encoding.tokenByteLengths(),
    rulesOf: async (first, count) =>
      (await sources.range(first, count)).map((source) => placeRuleOf(source, encoding.keepsText)),
  })
}
