import { refuseField } from './problems.ts'

const IMAGE_URL_CHARACTERS_MOST = 2_000

/** An https address without a user name or password in it; empty text and null are no address. */
export function readImageUrl(text: string | null | undefined): string | null {
  if (text === null || text === undefined || text === '') return null
  const url = text.length <= IMAGE_URL_CHARACTERS_MOST && URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol !== 'https:' || url.username !== '' || url.password !== '')
    return refuseField('imageUrl', 'An image is named by an https address of at most 2,000 characters.')
  if (url.href.length > IMAGE_URL_CHARACTERS_MOST) refuseField('imageUrl', 'This address is too long.')
  return url.href
}
