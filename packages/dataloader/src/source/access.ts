/** Access pattern of the reads to come: it decides what a source keeps in memory. */
export type Access =
  | { readonly kind: 'sequential' }
  | { readonly kind: 'random' }
  /** Windows come from `blocksTogether` blocks of `blockSize` consecutive windows at a time. */
  | { readonly kind: 'blocks'; readonly blockSize: number; readonly blocksTogether: number }
