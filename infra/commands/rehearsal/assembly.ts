import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { CommandError, say } from '../command.ts'
import { isInstalled } from '../container-tools.ts'
import { adapt } from './adapt.ts'
import { runProgram } from './run-program.ts'

/** Asks moto by Python: words for `ask_moto.py`, and what it reads. */
export type AskMoto = (args: readonly string[], input?: string) => Promise<unknown>

const Names = z.record(z.string(), z.string())
const Resources = z.object({
  Resources: z.record(
    z.string(),
    z.object({ Type: z.string(), Properties: z.record(z.string(), z.unknown()).default({}) }),
  ),
})
const SecretReference = z.object({ SecretId: z.object({ Ref: z.string() }) })
const Attribute = z.object({ Key: z.string(), Value: z.string() })
const ENDING = '.template.json'

/**
 * The templates of a synth in a folder of their own, where they are adapted to what moto can do.
 */
export class Assembly {
  readonly folder: string
  readonly #ask: AskMoto
  readonly #made: Map<string, string>
  readonly #removed = new Set<string>()

  /** `made`, what has been made by API so far, is shared by all versions that are deployed. */
  constructor(folder: string, ask: AskMoto, made: Map<string, string>) {
    this.folder = folder
    this.#ask = ask
    this.#made = made
  }

  /** The types that were taken out. */
  get notRehearsed(): readonly string[] {
    return [...this.#removed].toSorted()
  }

  /** Checks the templates as they are deployed to AWS, where cfn-lint is installed. */
  async lint(): Promise<void> {
    if (!isInstalled('cfn-lint')) return say("– cfn-lint is not installed: pip install 'cfn-lint'")
    const files = this.#stacks().map((stack) => this.#file(stack))
    const { code, output } = await runProgram('cfn-lint', [
      '--non-zero-exit-code=error',
      '--format=parseable',
      ...files,
    ])
    if (code !== 0) throw new CommandError(`✗ cfn-lint finds errors\n${output}`)
    say(`✓ cfn-lint: no errors in ${files.length} templates`)
  }

  /** Takes out what moto cannot make; what others need of that is made by API and named instead. */
  async adapt(version: string): Promise<void> {
    const supported = new Set(z.array(z.string()).parse(await this.#ask(['supported'])))
    for (const stack of this.#stacks()) {
      const template = this.#read(stack)
      const resources = Object.entries(Resources.parse(template).Resources)
      const standIns = await this.#standInsFor(
        stack,
        resources.filter(([, { Type }]) => !supported.has(Type)),
      )
      const adapted = adapt(template, { supported, standIns, version })
      for (const type of adapted.removed) if (!MADE_BY_API.has(type)) this.#removed.add(type)
      writeFileSync(this.#file(stack), JSON.stringify(adapted.template))
    }
  }

  /** Attributes as the templates have them: moto checks and keeps them only when asked by API. */
  async setAttributes(): Promise<void> {
    for (const stack of this.#stacks()) {
      const resources = Object.entries(Resources.parse(this.#read(stack)).Resources)
      const wanted = resources.flatMap(([id, { Properties }]) => {
        const { LoadBalancerAttributes = [], TargetGroupAttributes = [] } = Lists.parse(Properties)
        const literal = [...LoadBalancerAttributes, ...TargetGroupAttributes].flatMap(
          (attribute) => Attribute.safeParse(attribute).data ?? [], // a name known only in AWS
        )
        return literal.length > 0 ? [[id, literal] as const] : []
      })
      if (wanted.length === 0) continue
      await this.#ask(['attributes', stack], JSON.stringify(Object.fromEntries(wanted)))
    }
  }

  async #standInsFor(
    stack: string,
    resources: readonly [string, { Type: string; Properties: Record<string, unknown> }][],
  ): Promise<Map<string, string>> {
    const wanted = resources
      .map(([id, { Type: type, Properties: properties }]) => ({ id, type, properties, stack }))
      .filter(({ id }) => !this.#made.has(id))
    const made = Names.parse(await this.#ask(['make'], JSON.stringify(wanted)))
    for (const [id, name] of Object.entries(made)) this.#made.set(id, name)
    const standIns = new Map(this.#made)
    for (const [id, { Type, Properties }] of resources) {
      if (Type !== 'AWS::SecretsManager::SecretTargetAttachment') continue
      // An attachment is called by the name of its secret.
      const secret = standIns.get(SecretReference.parse(Properties).SecretId.Ref)
      if (secret !== undefined) standIns.set(id, secret)
    }
    return standIns
  }

  #stacks(): string[] {
    const files = readdirSync(this.folder).filter((name) => name.endsWith(ENDING))
    return files.map((name) => name.slice(0, -ENDING.length))
  }

  #read(stack: string): unknown {
    return JSON.parse(readFileSync(this.#file(stack), 'utf8'))
  }

  #file(stack: string): string {
    return join(this.folder, `${stack}${ENDING}`)
  }
}

const MADE_BY_API = new Set(['AWS::SecretsManager::Secret', 'AWS::RDS::DBParameterGroup'])

const Lists = z.object({
  LoadBalancerAttributes: z.array(z.unknown()).optional(),
  TargetGroupAttributes: z.array(z.unknown()).optional(),
})
