import { Environment, Interpreter, parse, tokenize } from '@huggingface/jinja'

// The parts of the library that are used here: its own declarations import each other in a way that
// TypeScript does not follow for ES modules.
interface Node {
  readonly type: string
}
interface Value {
  readonly type: string
  readonly value: unknown
}
interface Scope {
  readonly variables: Map<string, Value>
  set(name: string, value: unknown): Value
  lookupVariable(name: string): Value
}
interface Evaluator {
  evaluate(node: Node | undefined, scope: Scope): Value
  run(program: Node): Value
}
const JinjaScope: new (parent?: Scope) => Scope = Environment
const JinjaEvaluator: new (scope: Scope) => Evaluator = Interpreter
const readProgram: (template: string) => Node = (template) => parse(tokenize(template))

const BODIES = ['body', 'alternate', 'defaultBlock'] as const
const STATEMENTS = new Set(['Comment', 'For', 'If', 'Program', 'Set'])
const MAY_BE_UNDEFINED = new Set(['default', 'defined', 'undefined'])

/**
 * Reads a template, in the part of Jinja that widget files are written in: `for`, `if`, `set`,
 * slices, inline `if`, the filters `tojson` and `default`, whitespace control. What it returns
 * renders the template with values, any number of times.
 *
 * It is stricter than Jinja: a variable or property that is not there is an error, unless it is
 * asked for with `default` or `is defined`; and text that was not written in the template is only
 * printed through `tojson`, so that no value can become part of the JSON around it. Values are
 * never read as templates.
 */
export function readTemplate(template: string): (values: Record<string, unknown>) => string {
  const program = readProgram(template)
  const printed = printedIn(program)
  return (values) => {
    const globals = new JinjaScope()
    globals.variables.clear()
    for (const [name, value] of Object.entries(CONSTANTS)) globals.set(name, value)
    const scope = new JinjaScope(globals)
    scope.variables.clear()
    for (const [name, value] of Object.entries(values)) scope.set(name, value)
    return String(new StrictEvaluator(scope, printed).run(program).value)
  }
}

const CONSTANTS = { true: true, false: false, none: null, True: true, False: false, None: null }

/** What one rendering may take; loops in loops over the values multiply. */
const STEPS_MAX = 500_000

class StrictEvaluator extends JinjaEvaluator {
  #steps = 0
  readonly #printed: ReadonlySet<object>
  /** Expressions whose parent asks whether they are defined. */
  readonly #optional = new WeakSet<object>()
  /** Text of the template, and text that came out of `tojson`. */
  readonly #json = new WeakSet<object>()

  constructor(scope: Scope, printed: ReadonlySet<object>) {
    super(scope)
    this.#printed = printed
  }

  override evaluate(node: Node | undefined, scope: Scope): Value {
    this.#steps += 1
    if (this.#steps > STEPS_MAX) throw new Error(`it takes more than ${STEPS_MAX} steps`)
    if (node === undefined) return super.evaluate(node, scope)
    const operand = operandOf(node)
    if (operand && MAY_BE_UNDEFINED.has(nameOf(node))) this.#optional.add(operand)
    // What is not there is nothing at all to some filters; the library makes it a value here.
    const found: Value | undefined = super.evaluate(node, scope)
    const value = found ?? super.evaluate(undefined, scope)
    if (value.type === 'UndefinedValue' && !this.#optional.has(node)) {
      throw new Error(`${wordsOf(node)} is not there`)
    }
    const isText = value.type === 'StringValue'
    if (isText && this.#isJson(node, scope)) this.#json.add(value)
    if (node.type === 'Set' && 'assignee' in node && 'value' in node && node.value === null) {
      this.#json.add(scope.lookupVariable(wordsOf(node.assignee)))
    }
    if (isText && this.#printed.has(node) && !this.#json.has(value)) {
      throw new Error(`${wordsOf(node)} is text: it has to be printed with "| tojson"`)
    }
    return value
  }

  /** Whether a node's text is JSON by itself, and not by where its value comes from. */
  #isJson(node: Node, scope: Scope): boolean {
    if (STATEMENTS.has(node.type) || node.type === 'StringLiteral') return true
    if (node.type === 'FilterExpression') return nameOf(node) === 'tojson'
    // A piece of JSON is the template's own doing: it takes off the comma before the first entry.
    if (node.type !== 'MemberExpression' || !('object' in node)) return false
    return isNode(node.object) && this.#json.has(this.evaluate(node.object, scope))
  }
}

/** All expressions whose value becomes part of the output. */
function printedIn(node: Node, printed = new Set<object>()): ReadonlySet<object> {
  for (const statement of BODIES.flatMap((body) => listOf(node, body))) {
    if (STATEMENTS.has(statement.type)) printedIn(statement, printed)
    else printed.add(statement)
  }
  return printed
}

function listOf(node: Node, property: string): readonly Node[] {
  const list: unknown = Reflect.get(node, property)
  return Array.isArray(list) ? list.filter(isNode) : []
}

function operandOf(node: Node): Node | undefined {
  return 'operand' in node && isNode(node.operand) ? node.operand : undefined
}

/** The name of the filter or the test that a node applies, if it does. */
function nameOf(node: Node): string {
  if ('filter' in node && isNode(node.filter)) {
    const { filter } = node
    return wordsOf('callee' in filter ? filter.callee : filter)
  }
  return 'test' in node && isNode(node.test) ? wordsOf(node.test) : ''
}

/** A node as the template has it, as far as that can be said in a few words. */
function wordsOf(node: unknown): string {
  if (!isNode(node)) return 'an expression'
  if (node.type === 'Identifier' && 'value' in node) return String(node.value)
  if (node.type === 'MemberExpression' && 'object' in node && 'property' in node) {
    const isComputed = 'computed' in node && node.computed === true
    return isComputed
      ? `an entry of ${wordsOf(node.object)}`
      : `${wordsOf(node.object)}.${wordsOf(node.property)}`
  }
  const operand = operandOf(node)
  return operand ? wordsOf(operand) : 'an expression'
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value
}
