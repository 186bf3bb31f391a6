import type { Stretch } from './terminal.ts'

/** What a terminal shows from a moment on. Unit of `at`: seconds. */
export interface Frame {
  readonly at: number
  readonly lines: readonly (readonly Stretch[])[]
}

const fontSize = 13
const lineHeight = 18
const letterWidth = 7.83
const margin = 14
const colours = ['#3b4252', '#f7768e', '#9ece6a', '#e0af68', '#7aa2f7', '#bb9af7', '#7dcfff', '#c0caf5']

/** Draws what a terminal showed as it showed it, once; what shows no motion shows the end. */
export function drawFrames(frames: readonly Frame[], columns: number): string {
  const rows = Math.max(...frames.map(({ lines }) => lines.length))
  const width = Math.ceil(columns * letterWidth + 2 * margin)
  const height = rows * lineHeight + 2 * margin
  const drawn = Array.from({ length: rows }, (_, row) => drawRow(row, frames)).join('')
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">
<title>A run of sluice in a terminal</title>
<rect width="${width}" height="${height}" rx="8" fill="#1a1b26"/>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="${fontSize}" fill="#c0caf5" style="white-space: pre" xml:space="preserve">
${drawn}</g>
</svg>
`
}

/** The texts that a row shows one after the other. */
function drawRow(row: number, frames: readonly Frame[]): string {
  const shown: { readonly from: number; text: string }[] = []
  for (const { at, lines } of frames) {
    const text = drawLine(lines[row] ?? [])
    if (text !== (shown.at(-1)?.text ?? '')) shown.push({ from: at, text })
  }
  const y = margin + row * lineHeight + fontSize
  return shown
    .map(({ from, text }, index) => {
      if (text === '') return ''
      const until = shown[index + 1]?.from
      const end = until === undefined ? '' : ` end="${seconds(until)}"`
      const motion = `<set attributeName="visibility" to="visible" begin="${seconds(from)}"${end}/>`
      // Without motion the last text of a row is seen.
      const still =
        until === undefined
          ? `<set attributeName="visibility" to="hidden" begin="0s" end="${seconds(from)}"/>`
          : motion
      const hidden = until === undefined ? '' : ' visibility="hidden"'
      return `<text x="${margin}" y="${y}"${hidden}>${text}${still}</text>\n`
    })
    .join('')
}

function drawLine(line: readonly Stretch[]): string {
  return line
    .map(({ text, bold, dim, colour }) => {
      const fill = colour === undefined ? '' : ` fill="${colours[colour]}"`
      const look = `${fill}${bold ? ' font-weight="bold"' : ''}${dim ? ' opacity="0.55"' : ''}`
      return look === '' ? escape(text) : `<tspan${look}>${escape(text)}</tspan>`
    })
    .join('')
}

function seconds(value: number): string {
  return `${Math.round(value * 1000) / 1000}s`
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
