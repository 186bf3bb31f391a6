/** Quotes a word for a POSIX shell: names of folders come from the user, and may hold anything. */
export function shellQuote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}
