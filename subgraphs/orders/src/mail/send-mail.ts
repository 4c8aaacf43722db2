import { createTransport } from 'nodemailer'
import type { MailSettings } from '../settings.ts'

const CONNECT_TIMEOUT_MS = 10_000
const ANSWER_TIMEOUT_MS = 30_000
const CONNECTIONS = 2
/** From here on a mail server says that it will never take a mail (RFC 5321, 4.2.1). */
const REFUSED_FOR_GOOD = 500

export interface Mail {
  /** Whoever is named here sees the others. */
  readonly to: readonly string[]
  /** The name that the recipient sees. */
  readonly fromName: string
  readonly subject: string
  readonly text: string
  readonly html: string
  readonly attachment?: { readonly name: string; readonly type: string; readonly content: Buffer }
  /** The same for the same mail, so that whoever gets it twice can tell. */
  readonly messageId: string
}

/** What a mail server has refused and will refuse again. */
export class MailRefused extends Error {
  override name = 'MailRefused'
}

export interface Mailer {
  /** Throws MailRefused where another try is of no use, and anything else where it may be. */
  send(mail: Mail): Promise<void>
  close(): void
}

export function createMailer({ url, from }: MailSettings): Mailer {
  const transport = createTransport({
    url,
    pool: true,
    maxConnections: CONNECTIONS,
    connectionTimeout: CONNECT_TIMEOUT_MS,
    greetingTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: ANSWER_TIMEOUT_MS,
    // nothing that a mail names is ever fetched or read from disk
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return {
    async send({ to, fromName, subject, text, html, attachment, messageId }) {
      try {
        await transport.sendMail({
          from: { name: fromName, address: from },
          to: to.map(address => ({ name: '', address })),
          ...{ subject, text, html, messageId },
          attachments: attachment
            ? [{ filename: attachment.name, contentType: attachment.type, content: attachment.content }]
            : [],
          headers: { 'Auto-Submitted': 'auto-generated' },
        })
      } catch (error) {
        const code = responseCode(error)
        if (code === undefined || code < REFUSED_FOR_GOOD) throw error
        throw new MailRefused(`The mail server has refused it (${code}).`)
      }
    },
    close: () => transport.close(),
  }
}

function responseCode(error: unknown): number | undefined {
  const code = (error as { readonly responseCode?: unknown }).responseCode
  return typeof code === 'number' ? code : undefined
}
