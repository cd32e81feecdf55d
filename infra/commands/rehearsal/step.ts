import { cdk, type Cdk } from '../cdk.ts'
import { command, UsageError } from '../command.ts'
import { deploy } from '../deployment.ts'
import { destroy } from '../destruction.ts'
import { setOpenAiKey } from '../set-openai-key.ts'
import { Rehearsal, rehearsedSettings } from './settings.ts'

// One step of the rehearsal, in a process of its own whose AWS is moto: what `npm run secret`, `npm
// run deploy` and `npm run destroy` do, with the rehearsed settings and templates.

const spec = { help: 'Started by npm run rehearse', options: {}, words: 3 } as const

await command(spec, async (_, [step, given = '{}', assembly = '']) => {
  const settings = rehearsedSettings(Rehearsal.parse(JSON.parse(given)))
  const rehearsedCdk: Cdk = (args, variables) => {
    // moto forgets the outputs of a stack that a change set makes.
    const method = args[0] === 'deploy' ? ['--method=direct'] : []
    return cdk([...args, ...method, '--app', assembly], variables)
  }
  if (step === 'set-key') return await setOpenAiKey(settings, 'openai')
  if (step === 'deploy') return await deploy(settings, { cdk: rehearsedCdk, asks: false })
  if (step !== 'destroy') throw new UsageError(`There is no step "${step}".`)
  return await destroy(settings, { cdk: rehearsedCdk, confirmed: settings.environment })
})
