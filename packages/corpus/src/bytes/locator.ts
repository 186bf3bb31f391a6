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
 * A locator as it may be shown, logged and stored: a URL without user and password, without the values of its query and
 * without its fragment, because any of them may be a secret (tokens, presigned URLs). Paths stay as they are.
 */
export function redactLocator(locator: string): string {
  const scheme = schemeOf(locator)
  if (scheme === undefined) return locator
  // Keys of S3 may have any characters; S3 addresses have no query and no fragment.
  const [address = '', ...query] = scheme === 's3' ? [locator] : locator.replace(/#.*$/s, '').split('?')
  const rest = address.slice(scheme.length + '://'.length)
  // A slash ends the user and password of a valid address; of an invalid one nobody knows where they end.
  const end = URL.canParse(locator) ? /[/\\]|$/.exec(rest)!.index : rest.length
  const at = rest.lastIndexOf('@', end - 1)
  const shown = rest.slice(at + 1)
  const path = scheme.startsWith('http') && shown !== '' && !shown.includes('/') ? '/' : ''
  return `${scheme}://${shown}${path}${query.length === 0 ? '' : '?…'}`
}
