import { Ajv2020 } from 'ajv/dist/2020.js'
import type { ErrorObject, ValidateFunction } from 'ajv/dist/2020.js'
import { z } from 'zod'
import { readTemplate } from './template-language.ts'
import { untypedWidget } from './widgets.ts'
import type { UntypedWidget } from './widgets.ts'

/** The longest widget that a template may make, in characters of JSON. */
const TEMPLATE_OUTPUT_MAX = 1_000_000

const COMPLAINTS_MAX = 5

const WidgetFile = z.object({
  version: z.string().optional(),
  name: z.string(),
  template: z.string(),
  jsonSchema: z.record(z.string(), z.unknown()).optional(),
})

/** A widget of a `.widget` file, ready to be built from values. */
export interface WidgetTemplate {
  readonly name: string
  /** @throws {WidgetTemplateError} when the values are not what the file's schema demands */
  readonly build: (values?: object) => UntypedWidget
}

/** A `.widget` file, or values for it, that make no widget. The message names no values. */
export class WidgetTemplateError extends Error {
  override readonly name = 'WidgetTemplateError'
}

/**
 * Reads a file that the widget builder (https://widgets.chatkit.studio) has saved, once; builds
 * widgets from it, many times:
 *
 *     const order = widgetTemplate(
 *       readFileSync(new URL('./order.widget', import.meta.url), 'utf8'),
 *     )
 *     await chat.showWidget(order.build({ number: 'AB-123456', items }))
 *
 * Written like this the file becomes part of the bundle. Values are checked against the schema in
 * the file first, `format` and unknown keywords aside; then see `readTemplate`.
 */
export function widgetTemplate(json: string): WidgetTemplate {
  const file = parseFile(json)
  const { name } = file
  const validate = compileSchema(name, file.jsonSchema ?? {})
  const render = attempt(`The template of the widget "${name}" cannot be read`, () =>
    readTemplate(file.template),
  )
  return {
    name,
    build: (values = {}) => {
      // Plain JSON, so that nothing but values gets in: no function, no getter, no prototype.
      const plain: unknown = JSON.parse(JSON.stringify(values))
      if (!validate(plain) || !isRecord(plain)) {
        throw new WidgetTemplateError(
          `These values make no widget "${name}": ${complaintsOf(validate.errors ?? [])}.`,
        )
      }
      return attempt(`The widget "${name}" cannot be built`, () => toWidget(render(plain)))
    },
  }
}

function parseFile(json: string) {
  const content = attempt('A .widget file has to be JSON', (): unknown => JSON.parse(json))
  const file = WidgetFile.safeParse(content)
  if (!file.success) {
    const complaints = file.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
    throw new WidgetTemplateError(`This is no .widget file: ${complaints.join('; ')}.`)
  }
  const { version, name } = file.data
  if (version !== '1.0') {
    throw new WidgetTemplateError(
      `The widget "${name}" has the version ${JSON.stringify(version ?? null)}; only "1.0" is known.`,
    )
  }
  return file.data
}

function compileSchema(name: string, schema: Record<string, unknown>): ValidateFunction {
  const ajv = new Ajv2020({
    allErrors: true,
    strict: false,
    validateFormats: false,
    logger: false,
  })
  // The builder writes 2020-12; another `$schema` would have to be fetched, and differs in corners.
  const { $schema: _draft, ...rules } = schema
  return attempt(`The schema of the widget "${name}" is not valid`, () => ajv.compile(rules))
}

function complaintsOf(errors: readonly ErrorObject[]): string {
  const complaints = errors.slice(0, COMPLAINTS_MAX).map(complaintOf)
  const more = errors.length - complaints.length
  return complaints.join('; ') + (more > 0 ? `; and ${more} more` : '')
}

function complaintOf({ instancePath, keyword, message, params }: ErrorObject): string {
  const words = `${instancePath === '' ? 'the values' : instancePath} ${message ?? 'must be different'}`
  if (keyword === 'enum') return `${words}: ${params['allowedValues'].map(toJson).join(', ')}`
  if (keyword === 'const') return `${words}: ${toJson(params['allowedValue'])}`
  if (keyword === 'additionalProperties') {
    return `${words}: ${toJson(params['additionalProperty'])} is not among them`
  }
  return words
}

function toJson(value: unknown): string {
  return JSON.stringify(value)
}

function toWidget(text: string): UntypedWidget {
  if (text.length > TEMPLATE_OUTPUT_MAX) {
    throw new Error(`it would be longer than ${TEMPLATE_OUTPUT_MAX} characters`)
  }
  return untypedWidget(attempt('what the template makes is not JSON', () => JSON.parse(text)))
}

/** Does something, and says what it was when it fails. */
function attempt<Result>(what: string, work: () => Result): Result {
  try {
    return work()
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'for an unknown reason'
    throw new WidgetTemplateError(`${what}: ${reason}`, { cause })
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
