import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import type { WidgetNode } from '../wire/items.ts'
import { z } from '../wire/zod.ts'
import { color } from './color.ts'
import {
  actionAt,
  isSet,
  numberAt,
  textAt,
  type RendererProps,
  type WidgetScene,
} from './renderer.ts'
import { defined } from './style.ts'
import { useAction } from './use-action.ts'

const Option = z.object({
  value: z.string(),
  label: z.string().optional(),
  disabled: z.boolean().default(false),
})
const Options = z.array(Option).catch([])

const InputType = z.enum(['text', 'number', 'email', 'password', 'tel', 'url']).catch('text')
const ISO_DATE_LENGTH = 'yyyy-mm-dd'.length

export function Input({ node, scene }: RendererProps): JSX.Element {
  const field = useFirstFocus<HTMLInputElement>(node)
  const props = {
    ref: field,
    ...fieldProps(node, scene),
    ...given(node, 'pattern'),
    defaultValue: textAt(node, 'defaultValue') ?? '',
    autocomplete: isSet(node, 'allowAutofillExtensions') ? 'on' : 'off',
  }
  // Written out, since the types of JSX know inputs by their type.
  switch (InputType.parse(node['inputType'])) {
    case 'number':
      return <input type="number" step="any" {...props} />
    case 'email':
      return <input type="email" {...props} />
    case 'password':
      return <input type="password" {...props} />
    case 'tel':
      return <input type="tel" {...props} />
    case 'url':
      return <input type="url" {...props} />
    case 'text':
      break
  }
  return <input type="text" {...props} />
}

export function Textarea({ node, scene }: RendererProps): JSX.Element {
  const field = useFirstFocus<HTMLTextAreaElement>(node)
  return (
    <textarea
      ref={field}
      {...fieldProps(node, scene)}
      rows={numberAt(node, 'rows') ?? 3}
      data-grows={isSet(node, 'autoResize')}
      style={defined({
        minHeight: linesHeight(numberAt(node, 'rows')),
        maxHeight: linesHeight(numberAt(node, 'maxRows')),
      })}
      defaultValue={textAt(node, 'defaultValue') ?? ''}
    />
  )
}

export function Select({ node, scene }: RendererProps): JSX.Element {
  const { run } = useAction(scene, actionAt(node, 'onChangeAction'), 'none')
  const isEmptyAllowed = isSet(node, 'clearable') || textAt(node, 'defaultValue') === undefined
  return (
    <select {...fieldProps(node, scene)} onChange={(event) => run(event.currentTarget)}>
      {isEmptyAllowed && (
        <option value="" selected={textAt(node, 'defaultValue') === undefined}>
          {textAt(node, 'placeholder') ?? 'Choose …'}
        </option>
      )}
      {Options.parse(node['options']).map(({ value, label, disabled }) => (
        <option
          key={value}
          value={value}
          disabled={disabled}
          selected={value === textAt(node, 'defaultValue')}
        >
          {label ?? value}
        </option>
      ))}
    </select>
  )
}

/** A day. What the server says may be a point in time; its day counts. */
export function DatePicker({ node, scene }: RendererProps): JSX.Element {
  const { run } = useAction(scene, actionAt(node, 'onChangeAction'), 'none')
  const day = (key: string): string | undefined => textAt(node, key)?.slice(0, ISO_DATE_LENGTH)
  return (
    <input
      {...fieldProps(node, scene)}
      type="date"
      defaultValue={day('defaultValue') ?? ''}
      min={day('min') ?? ''}
      max={day('max') ?? ''}
      onChange={(event) => run(event.currentTarget)}
    />
  )
}

export function Checkbox({ node, scene }: RendererProps): JSX.Element {
  const { run } = useAction(scene, actionAt(node, 'onChangeAction'), 'none')
  const { class: _, ...props } = fieldProps(node, scene)
  return (
    <label class="choice">
      <input
        {...props}
        type="checkbox"
        defaultChecked={isSet(node, 'defaultChecked')}
        onChange={(event) => run(event.currentTarget)}
      />
      {textAt(node, 'label')}
    </label>
  )
}

export function RadioGroup({ node, scene }: RendererProps): JSX.Element {
  const { run } = useAction(scene, actionAt(node, 'onChangeAction'), 'none')
  const name = textAt(node, 'name') ?? ''
  const group = `${scene.id}-${name}`
  const label = textAt(node, 'ariaLabel') ?? name
  return (
    <div
      class={textAt(node, 'direction') === 'col' ? 'w-radios col' : 'w-radios'}
      role="radiogroup"
      {...(scene.labelled.has(name)
        ? { 'aria-labelledby': `${group}-label` }
        : { 'aria-label': label })}
    >
      {Options.parse(node['options']).map((option) => (
        <label key={option.value} class="choice">
          <input
            type="radio"
            name={group}
            data-field={name}
            value={option.value}
            required={isSet(node, 'required')}
            disabled={option.disabled || isSet(node, 'disabled')}
            defaultChecked={option.value === textAt(node, 'defaultValue')}
            onChange={(event) => run(event.currentTarget)}
          />
          {option.label ?? option.value}
        </label>
      ))}
    </div>
  )
}

export function Label({ node, scene }: RendererProps): JSX.Element {
  const id = `${scene.id}-${textAt(node, 'fieldName') ?? ''}`
  return (
    <label
      id={`${id}-label`}
      htmlFor={id}
      class="w-label"
      data-size={textAt(node, 'size') ?? 'sm'}
      data-weight={textAt(node, 'weight') ?? 'medium'}
      style={defined({ color: color(node['color']), textAlign: textAt(node, 'textAlign') })}
    >
      {textAt(node, 'value')}
    </label>
  )
}

/** What all fields share. Without a `Label` a field is called by what stands in it, or its name. */
export function fieldProps(node: WidgetNode, scene: WidgetScene) {
  const name = textAt(node, 'name') ?? ''
  const placeholder = textAt(node, 'placeholder')
  const spoken = textAt(node, 'label') === undefined && !scene.labelled.has(name)
  return {
    id: `${scene.id}-${name}`,
    class: 'w-field',
    name,
    'data-field': name,
    'data-variant': textAt(node, 'variant') ?? 'outline',
    'data-size': textAt(node, 'size') ?? 'lg',
    'data-pill': isSet(node, 'pill'),
    'data-block': node['block'] !== false,
    required: isSet(node, 'required'),
    disabled: isSet(node, 'disabled'),
    ...(placeholder !== undefined && { placeholder }),
    ...(spoken && { 'aria-label': placeholder ?? name }),
  }
}

type TextField = HTMLInputElement | HTMLTextAreaElement

/** Puts the cursor into the field when it first appears, if the node asks for that. */
export function useFirstFocus<Field extends TextField>(node: WidgetNode) {
  const field = useRef<Field>(null)
  useEffect(() => {
    if (isSet(node, 'autoFocus')) field.current?.focus()
    if (isSet(node, 'autoSelect')) field.current?.select()
  }, [])
  return field
}

/** An attribute that the node may name; it must be absent otherwise. */
export function given(node: WidgetNode, key: string): Readonly<Record<string, string>> {
  const value = textAt(node, key)
  return value === undefined ? {} : { [key]: value }
}

function linesHeight(rows: number | undefined): string | undefined {
  return rows === undefined ? undefined : `calc(${rows} * 1.5em + 1rem)`
}
