import { readFileSync } from 'node:fs'

/**
 * Every migration, in order. A new one is a new file and a new row; a file that has been deployed
 * is never changed. The production bundle holds these texts, so each is read by its literal name.
 */
export const migrations: Readonly<Record<string, string>> = {
  '0001_conversations.sql': readFileSync(
    new URL('./0001_conversations.sql', import.meta.url),
    'utf8',
  ),
  '0002_attachments.sql': readFileSync(new URL('./0002_attachments.sql', import.meta.url), 'utf8'),
  '0003_limits_and_retention.sql': readFileSync(
    new URL('./0003_limits_and_retention.sql', import.meta.url),
    'utf8',
  ),
  '0004_no_tokens.sql': readFileSync(new URL('./0004_no_tokens.sql', import.meta.url), 'utf8'),
  '0005_asked_with_key.sql': readFileSync(
    new URL('./0005_asked_with_key.sql', import.meta.url),
    'utf8',
  ),
}
