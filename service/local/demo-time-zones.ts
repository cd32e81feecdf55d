import { mentions } from './demo-words.ts'

const places = Intl.supportedValuesOf('timeZone')
  .filter((zone) => zone.includes('/'))
  .map((zone) => {
    const [city = '', region = ''] = zone.replaceAll('_', ' ').split('/').toReversed()
    // Of "North Dakota/Center" the second part alone is an everyday word.
    const needed = zone.split('/').length > 2 ? region : ''
    // In small letters it has to stand where a place stands: one can wake without being on Wake.
    const before = '(?<=\\b(?:in|at|for|from|to|and|or|near)\\s+|[,/]\\s*)'
    const name = new RegExp(`(?<![\\p{L}\\p{N}])${city}(?![\\p{L}\\p{N}])`, 'u')
    return { zone, needed, name, anyName: new RegExp(`${before}${city}(?![\\p{L}\\p{N}])`, 'iu') }
  })

/** People say "Tokyo" where a program wants "Asia/Tokyo". In the order of the text. */
export function timeZonesIn(text: string): string[] {
  return places
    .filter(({ needed }) => needed === '' || mentions(text, needed))
    .map(({ zone, name, anyName }) => {
      const [named, inPlace] = [text.search(name), text.search(anyName)]
      return { zone, index: named === -1 ? inPlace : named }
    })
    .filter(({ index }) => index !== -1)
    .toSorted((one, other) => one.index - other.index)
    .map(({ zone }) => zone)
}
