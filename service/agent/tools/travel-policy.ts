import { tool } from '@openai/agents'
import { z } from 'zod'
import { categories, ruleFor } from '../expenses/travel-policy.ts'
import { explainToModel } from './explain-to-model.ts'

/** What the policy says, for questions about it. */
export const travelPolicy = tool({
  name: 'travel_policy',
  description: 'Says what the travel policy allows and what its limits are.',
  parameters: z.object({ category: z.enum(categories) }),
  errorFunction: explainToModel,
  execute: ({ category }) => ruleFor(category).text,
})
