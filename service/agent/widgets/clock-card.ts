import type { WidgetComponent } from '../../protocol/widget-components.ts'
import type { WidgetRoot } from '../../protocol/widgets.ts'

/** The time in one place. */
export interface PlaceTime {
  readonly zone: string
  readonly place: string
  readonly time: string
  readonly day: string
  /** Whole minutes east of UTC. */
  readonly offsetMinutes: number
}

/** A card with one row for each place: where, which day, what time. */
export function clockCard(times: readonly PlaceTime[]): WidgetRoot {
  return {
    type: 'Card',
    size: 'sm',
    children: [
      { type: 'Title', value: 'World clock', size: 'sm' },
      { type: 'Divider' },
      ...times.map((time): WidgetComponent => ({
        type: 'Row',
        key: time.zone,
        justify: 'between',
        align: 'center',
        children: [
          {
            type: 'Col',
            children: [
              { type: 'Text', value: time.place, weight: 'semibold' },
              { type: 'Caption', value: `${time.day} · ${toOffset(time.offsetMinutes)}` },
            ],
          },
          { type: 'Title', value: time.time, size: 'md' },
        ],
      })),
    ],
  }
}

function toOffset(minutes: number): string {
  const sign = minutes < 0 ? '−' : '+'
  const hours = Math.floor(Math.abs(minutes) / 60)
  const rest = Math.abs(minutes) % 60
  return `UTC${sign}${hours}${rest === 0 ? '' : `:${String(rest).padStart(2, '0')}`}`
}
