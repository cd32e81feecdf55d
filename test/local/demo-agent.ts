import { Agent, Runner, tool } from '@openai/agents'
import type { Tool } from '@openai/agents'
import { z } from 'zod'
import { DemoModelProvider } from '../../service/local/demo-model.ts'

/** Runs agents on the demo model, which does not take its time. */
export const runner = startRunner(Infinity)

export function startRunner(pace: number): Runner {
  return new Runner({ modelProvider: new DemoModelProvider({ pace }), tracingDisabled: true })
}

/** What an agent with these tools says to a text. */
export async function ask(text: string, tools: Tool[] = [], through = runner): Promise<string> {
  const result = await through.run(new Agent({ name: 'plain', tools }), text)
  return String(result.finalOutput)
}

export interface Call {
  readonly name: string
  readonly input: unknown
}

/** Tools like those a team might write, which remember their calls. */
export function makeTools(): { readonly tools: Tool[]; readonly calls: Call[] } {
  const calls: Call[] = []
  const recorded = (name: string) => (input: unknown) => void calls.push({ name, input })
  const weather = z.object({
    city: z.string().describe('for example "Berlin"'),
    unit: z.enum(['celsius', 'fahrenheit']).nullable(),
  })
  const currency = z.string().regex(/^[A-Z]{3}$/)
  const order = z.object({ orderId: z.string().regex(/^ORD-\d{5}$/) })
  const zones = z
    .array(z.string().regex(/^\w+(\/\w+)*$/))
    .min(1)
    .max(4)
  const tools = [
    tool({
      name: 'get_weather',
      description: 'Tells the current weather of a city.',
      parameters: weather,
      execute: recorded('get_weather'),
    }),
    tool({
      name: 'convert_currency',
      description: 'Converts an amount of money.',
      parameters: z.object({ amount: z.number().positive(), from: currency, to: currency }),
      execute: recorded('convert_currency'),
    }),
    tool({
      name: 'order_status',
      description: 'Looks up where an order is.',
      parameters: order,
      execute: (input) => {
        recorded('order_status')(input)
        return { ...input, status: 'shipped' }
      },
    }),
    tool({
      name: 'world_clock',
      description: 'Tells the current time in one or more places of the world.',
      parameters: z.object({
        zones: zones.describe('IANA time zones, for example "Asia/Tokyo"'),
        hour12: z.boolean().nullable(),
      }),
      execute: (input) => {
        recorded('world_clock')(input)
        return input.zones.map((zone) => ({ zone, time: '12:00' }))
      },
    }),
  ]
  return { tools, calls }
}
