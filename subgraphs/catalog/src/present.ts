/** What must be there because something that is there names it: nothing of the catalogue is ever deleted. */
export function present<T>(found: T | null | undefined): T {
  if (found === null || found === undefined) throw new Error('What is named by the catalogue is not in it')
  return found
}
