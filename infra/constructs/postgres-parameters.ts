import { type IEngine, ParameterGroup } from 'aws-cdk-lib/aws-rds'
import type { Construct } from 'constructs'

const SLOW_STATEMENT_MS = 1000

/** The settings of Postgres that both engines share. */
export function postgresParameters(scope: Construct, engine: IEngine): ParameterGroup {
  return new ParameterGroup(scope, 'Parameters', {
    engine,
    description: 'TLS only, and slow statements are logged without their values',
    parameters: {
      'rds.force_ssl': '1',
      log_min_duration_statement: String(SLOW_STATEMENT_MS),
      // What people have written to each other is among the values.
      log_parameter_max_length: '0',
      log_parameter_max_length_on_error: '0',
      // Without it an error shows the row that it is about, in DETAIL, and the JSON, in CONTEXT.
      log_error_verbosity: 'terse',
    },
  })
}
