import { allTestsAreMade, lotOfCommit } from '@sluice/testing'

const lotOfThis = allTestsAreMade ? 'all' : lotOfCommit()

/** A test of the matrix, by the numbers of what it puts together. */
export interface MatrixPlace {
  readonly carrier: number
  /** Of two. */
  readonly shape: number
  readonly check: number
}

/**
 * Whether the matrix has this test where there is no time for all: the half that a chessboard's fields of one colour are. Whatever two
 * of carrier, shape and check are put together, one of the drawn tests does; the lot says which colour.
 */
export function isDrawn({ carrier, shape, check }: MatrixPlace, lot: number | 'all' = lotOfThis): boolean {
  return lot === 'all' || (carrier + shape + check + lot) % 2 === 0
}
