import type { IconName } from './icons.ts'
import type {
  ActionConfig,
  Color,
  ControlSize,
  ControlVariant,
  Direction,
  Named,
  TextAlign,
  Weight,
} from './widget-style.ts'

export type Button = Named & {
  readonly type: 'Button'
  readonly label?: string
  readonly onClickAction?: ActionConfig
  /** Submits the form around it. */
  readonly submit?: boolean
  readonly iconStart?: IconName
  readonly iconEnd?: IconName
  readonly iconSize?: 'sm' | 'md' | 'lg' | 'xl' | '2xl'
  readonly style?: 'primary' | 'secondary'
  readonly color?:
    'primary' | 'secondary' | 'info' | 'discovery' | 'success' | 'caution' | 'warning' | 'danger'
  readonly variant?: ControlVariant
  readonly size?: ControlSize
  readonly pill?: boolean
  /** As wide as it is high. */
  readonly uniform?: boolean
  /** As wide as there is room. */
  readonly block?: boolean
  readonly disabled?: boolean
}

/** `name` is the key of its value in the payload of the action; dots in it nest. */
type Field = Named & { readonly name: string; readonly disabled?: boolean }

type TextField = Field & {
  readonly defaultValue?: string
  readonly required?: boolean
  /** A regular expression that the value has to match. */
  readonly pattern?: string
  readonly placeholder?: string
  readonly allowAutofillExtensions?: boolean
  readonly autoSelect?: boolean
  readonly autoFocus?: boolean
  readonly variant?: 'soft' | 'outline'
  readonly size?: ControlSize
  readonly gutterSize?: '2xs' | 'xs' | 'sm' | 'md' | 'lg' | 'xl'
}

export type Input = TextField & {
  readonly type: 'Input'
  readonly inputType?: 'number' | 'email' | 'text' | 'password' | 'tel' | 'url'
  readonly pill?: boolean
}

export type Textarea = TextField & {
  readonly type: 'Textarea'
  readonly rows?: number
  readonly autoResize?: boolean
  readonly maxRows?: number
}

type Picker = Field & {
  readonly onChangeAction?: ActionConfig
  readonly placeholder?: string
  readonly defaultValue?: string
  readonly variant?: ControlVariant
  readonly size?: ControlSize
  readonly pill?: boolean
  readonly block?: boolean
  readonly clearable?: boolean
}

export interface SelectOption {
  readonly value: string
  readonly label: string
  readonly disabled?: boolean
  readonly description?: string
}

export type Select = Picker & {
  readonly type: 'Select'
  readonly options: readonly SelectOption[]
}

/** Its values are ISO 8601. */
export type DatePicker = Picker & {
  readonly type: 'DatePicker'
  readonly min?: string
  readonly max?: string
  readonly side?: 'top' | 'bottom' | 'left' | 'right'
  readonly align?: 'start' | 'center' | 'end'
}

export type Checkbox = Field & {
  readonly type: 'Checkbox'
  readonly label?: string
  readonly defaultChecked?: boolean
  readonly onChangeAction?: ActionConfig
  readonly required?: boolean
}

export interface RadioOption {
  readonly value: string
  readonly label: string
  readonly disabled?: boolean
}

export type RadioGroup = Field & {
  readonly type: 'RadioGroup'
  readonly options?: readonly RadioOption[]
  readonly ariaLabel?: string
  readonly onChangeAction?: ActionConfig
  readonly defaultValue?: string
  readonly direction?: Direction
  readonly required?: boolean
}

/** The words beside the field of that name. */
export type Label = Named & {
  readonly type: 'Label'
  readonly value: string
  readonly fieldName: string
  readonly size?: 'xs' | 'sm' | 'md' | 'lg' | 'xl'
  readonly weight?: Weight
  readonly textAlign?: TextAlign
  readonly color?: Color
}
