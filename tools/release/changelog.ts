/** What the first section of the changelog says of a version that nobody can install yet. */
const unreleased = ', not yet released'

/** A changeset's one line of the changelog: what follows the list of packages. */
export function summaryOf(changeset: string): string {
  const [, summary = ''] = /^---\n.*?\n?---\n(.*)$/s.exec(changeset) ?? []
  return summary.trim().replaceAll(/\s*\n\s*/g, ' ')
}

/**
 * Adds a release to a changelog: a section of its own above the others, or, for the first release, the date of the section that
 * waits for it.
 *
 * @throws Error where there is neither a change nor such a section
 */
export function addRelease(
  changelog: string,
  {
    version,
    date,
    summaries,
  }: { readonly version: string; readonly date: string; readonly summaries: readonly string[] },
): string {
  const lines = summaries.map((summary) => `- ${summary}\n`).join('')
  const waiting = `## ${version}${unreleased}\n`
  if (changelog.includes(waiting)) {
    const [before = '', after = ''] = changelog.split(waiting)
    return `${before}## ${version}, ${date}\n${after.trimEnd()}\n${lines}`
  }
  if (summaries.length === 0)
    throw new Error('Expected changesets in .changeset, found none: nothing is to be released')
  const first = changelog.search(/^## /m)
  const at = first === -1 ? changelog.length : first
  return `${changelog.slice(0, at)}## ${version}, ${date}\n\n${lines}\n${changelog.slice(at)}`
}
