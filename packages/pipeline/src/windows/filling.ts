/** Takes documents one after the other while they fit: a batch of rows, or a part. */
export class Filling {
  rows = 0
  tokens = 0
  readonly #mostRows: number
  readonly #mostTokens: number

  constructor(most: { readonly rows: number; readonly tokens: number }) {
    this.#mostRows = most.rows
    this.#mostTokens = most.tokens
  }

  /** Takes a row, or says that there is no room: the first always has some. */
  take(tokens: number): boolean {
    const fits = this.rows < this.#mostRows && this.tokens + tokens <= this.#mostTokens
    if (!fits && this.rows > 0) return false
    this.rows++
    this.tokens += tokens
    return true
  }

  /** Begins anew. */
  clear(): void {
    this.rows = 0
    this.tokens = 0
  }
}
