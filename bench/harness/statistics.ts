/** The middle value, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  return percentile(values, 50)
}

/** Linear between the two nearest values, so that few values still give a stable figure. */
export function percentile(values: readonly number[], percent: number): number {
  if (values.length === 0) throw new RangeError('there is no percentile of nothing')
  const sorted = [...values].sort((a, b) => a - b)
  const position = ((sorted.length - 1) * percent) / 100
  const below = sorted[Math.floor(position)] as number
  const above = sorted[Math.ceil(position)] as number
  return below + (above - below) * (position - Math.floor(position))
}

/** Three significant digits: more would claim more than a measurement can hold. */
export function rounded(value: number): number {
  return Number(value.toPrecision(3))
}

/** How many times `ours` is `theirs`; null where either was not measured. */
export function ratio(ours: number | undefined, theirs: number | undefined): number | null {
  if (ours === undefined || theirs === undefined || theirs === 0) return null
  return rounded(ours / theirs)
}
