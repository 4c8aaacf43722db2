import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'

export interface ReceivedMail {
  readonly from: string
  readonly to: readonly string[]
  /** As it came over the wire, with quoted-printable put together again. */
  readonly text: string
}

/** A mail server that keeps what it is given. `refuse` makes it refuse as many mails as it is told to. */
export async function startMailSink() {
  const received: ReceivedMail[] = []
  const refusals: number[] = []
  let tries = 0
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onRcptTo(_, __, callback) {
      tries++
      const code = refusals.shift()
      callback(code === undefined ? null : Object.assign(new Error('refused'), { responseCode: code }))
    },
    onData(stream, session, callback) {
      const chunks: Buffer[] = []
      stream.on('data', chunk => chunks.push(chunk))
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope
        received.push({
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          text: quotedPrintable(Buffer.concat(chunks).toString('latin1')),
        })
        callback()
      })
    },
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.server.address() as AddressInfo
  return {
    url: `smtp://127.0.0.1:${port}`,
    received,
    get tries() {
      return tries
    },
    refuse: (...codes: number[]) => refusals.push(...codes),
    stop: () => new Promise<void>(resolve => server.close(resolve)),
  }
}

function quotedPrintable(raw: string): string {
  return raw
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}
