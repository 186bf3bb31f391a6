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
