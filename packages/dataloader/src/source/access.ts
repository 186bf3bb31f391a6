/** In which way a source is about to be read, so that it keeps in memory what will be needed again. */
export type Access =
  | { readonly kind: 'sequential' }
  | { readonly kind: 'random' }
  /** Windows come from so many blocks of so many consecutive windows at a time. */
  | { readonly kind: 'blocks'; readonly blockSize: number; readonly blocksTogether: number }
