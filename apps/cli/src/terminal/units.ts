const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const

/** Decimal units, as disks and networks count them: `10486272` → `10.5 MB`. */
export function formatBytes(byteLength: number): string {
  let value = byteLength
  let unit = 0
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  return `${unit === 0 || value >= 99.95 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`
}

/** `5145` → `5,145`, the same in every locale. Not by `Intl`, which takes 30 ms to load. */
export function formatCount(count: number): string {
  return String(count).replaceAll(/\B(?=(?:\d{3})+$)/g, ',')
}

/** `1` window, `1,286` windows. */
export function formatPlural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`
}

/** `90` → `1 min 30 s`, `0.42` → `0.4 s`. */
export function formatSeconds(seconds: number): string {
  if (!Number.isFinite(seconds)) return '?'
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`
}

/** Bytes over seconds: `12.3 MB/s`. */
export function formatRate(byteLength: number, seconds: number): string {
  return `${formatBytes(seconds > 0 ? byteLength / seconds : 0)}/s`
}
