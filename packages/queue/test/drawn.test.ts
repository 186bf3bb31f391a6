import { expect, test } from 'vitest'
import { isDrawn, type MatrixPlace } from './drawn.ts'

const matrix: readonly MatrixPlace[] = [0, 1, 2, 3, 4].flatMap((carrier) =>
  [0, 1].flatMap((shape) => [0, 1, 2, 3, 4, 5].map((check) => ({ carrier, shape, check }))),
)

/** What any two of the three are put together in. */
function pairsIn(places: readonly MatrixPlace[]): Set<string> {
  return new Set(
    places.flatMap(({ carrier, shape, check }) => [
      `carrier ${carrier} with shape ${shape}`,
      `carrier ${carrier} with check ${check}`,
      `shape ${shape} with check ${check}`,
    ]),
  )
}

test.each([0, 1])('half of the matrix is drawn by lot %i, with every pair of the whole in it', (lot) => {
  const drawn = matrix.filter((place) => isDrawn(place, lot))
  expect(drawn.length).toBe(matrix.length / 2)
  expect(pairsIn(drawn)).toEqual(pairsIn(matrix))
})

test('the lots of two colours make the whole between them', () => {
  const other = matrix.filter((place) => !isDrawn(place, 0))
  expect(matrix.filter((place) => isDrawn(place, 1))).toEqual(other)
  expect(matrix.every((place) => isDrawn(place, 'all'))).toBe(true)
})
