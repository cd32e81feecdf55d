import { App } from 'aws-cdk-lib'
import { addStacks } from '../../stacks.ts'
import { Rehearsal, rehearsedSettings } from './settings.ts'

// The stacks of the product, in the account that moto has. Started by the CDK's command line, which
// passes what the rehearsal has chosen as context.

const app = new App()
const given: unknown = JSON.parse(String(app.node.tryGetContext('rehearsal')))
addStacks(app, rehearsedSettings(Rehearsal.parse(given)))
