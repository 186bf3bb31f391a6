/** What the names of symbols say of their place in a piece: `</w>` behind the last one of CLIP, `##` before all but the first. */
export interface WordAffixes {
  readonly continuingPrefix: string
  readonly endSuffix: string
}

/** Of names that say nothing. */
export const noAffixes: WordAffixes = { continuingPrefix: '', endSuffix: '' }

/** Whether the place of a symbol decides which token it is. */
export function hasAffixes({ continuingPrefix, endSuffix }: WordAffixes): boolean {
  return continuingPrefix !== '' || endSuffix !== ''
}
