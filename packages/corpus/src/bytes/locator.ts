/** A scheme as in a URL; one letter would be a Windows drive. */
const schemePattern = /^([a-z][a-z0-9+.-]+):\/\//i

/** The scheme of a locator that is a URL, in lower case; `undefined` for a path and for `-`. */
export function schemeOf(locator: string): string | undefined {
  return schemePattern.exec(locator)?.[1]?.toLowerCase()
}

/** Whether a locator is the path of a local file: no URL, and not `-` for standard input. */
export function isLocalLocator(locator: string): boolean {
  return locator !== '-' && schemeOf(locator) === undefined
}

/**
 * Returns a locator as messages may show it: of a URL, user, password, query and fragment are left out, even if it
 * cannot be parsed. A query can hold a token or a signature.
 */
export function withoutSecrets(locator: string): string {
  if (schemeOf(locator) === undefined) return locator
  const shown = locator.replace(/#.*$/s, '').replace(/\?.+$/s, '?…')
  return shown.replace(/^([^/]+:\/\/)[^/]*@/, '$1')
}
