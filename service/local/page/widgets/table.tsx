import { createContext, type JSX } from 'preact'
import { useContext } from 'preact/hooks'
import { isSet, numberAt, textAt, type RendererProps } from './renderer.ts'
import { boxStyle, defined, length } from './style.ts'

const InHeader = createContext(false)

const columnWidths: Readonly<Record<string, string>> = {
  xs: '3rem',
  sm: '5rem',
  md: '8rem',
  lg: '12rem',
  xl: '18rem',
}

/** A table, which scrolls by itself where it is wider than the widget. */
export function Table({ children }: RendererProps): JSX.Element {
  return (
    <div class="w-table" tabIndex={0} role="group" aria-label="Table">
      <table>
        <tbody>{children}</tbody>
      </table>
    </div>
  )
}

export function TableRow({ node, children }: RendererProps): JSX.Element {
  return (
    <InHeader.Provider value={isSet(node, 'header')}>
      <tr data-header={isSet(node, 'header')}>{children}</tr>
    </InHeader.Provider>
  )
}

export function TableCell({ node, children }: RendererProps): JSX.Element {
  const isHeader = useContext(InHeader)
  const middle: Readonly<Record<string, string>> = { start: 'top', center: 'middle', end: 'bottom' }
  const props = {
    colSpan: numberAt(node, 'colSpan') ?? 1,
    rowSpan: numberAt(node, 'rowSpan') ?? 1,
    style: {
      ...defined({
        textAlign: textAt(node, 'align'),
        verticalAlign: middle[textAt(node, 'vAlign') ?? ''],
        width: length(node['width']) ?? columnWidths[textAt(node, 'colSize') ?? ''],
      }),
      ...boxStyle({ type: node.type, padding: node['padding'] }),
    },
  }
  return isHeader ? (
    <th scope="col" {...props}>
      {children}
    </th>
  ) : (
    <td {...props}>{children}</td>
  )
}
