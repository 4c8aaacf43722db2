import { expect, test } from 'vitest'
import { isUuid } from './uuid.ts'

test.each(['01a1fb18-09c9-7599-8b28-6668f89293d4', '7c9e6679-7425-40de-944b-e07fc1f90ae7'])('%s is one', text => {
  expect(isUuid(text)).toBe(true)
})

test.each([
  '',
  '01A1FB18-09C9-7599-8B28-6668F89293D4',
  '01a1fb18-09c9-7599-8b28-6668f89293d',
  '01a1fb18-09c9-7599-8b28-6668f89293d4 ',
  '01a1fb1809c975998b286668f89293d4',
  '01a1fb18-09c9-0599-8b28-6668f89293d4',
  '01a1fb18-09c9-7599-cb28-6668f89293d4',
  '00000000-0000-0000-0000-000000000000',
  "01a1fb18-09c9-7599-8b28-6668f89293d' or 1",
])('%s is none', text => {
  expect(isUuid(text)).toBe(false)
})
