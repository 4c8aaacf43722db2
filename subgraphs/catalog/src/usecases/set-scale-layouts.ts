import type { ScaleLayout } from '@tillgraph/rules/scale-barcode'
import type { Context } from '../context.ts'
import { isProblem, readInput } from '../domain/problems.ts'
import { readScaleLayouts } from '../domain/scales.ts'
import { saveScaleLayouts } from '../store/scale-layouts.ts'
import { changeAlways } from './change.ts'

/** Says how the scales of the business fill their barcodes, in place of what was said before. */
export async function setScaleLayouts(context: Context, given: readonly ScaleLayout[]) {
  const layouts = readInput(() => readScaleLayouts(given))
  if (isProblem(layouts)) return layouts
  await changeAlways(context, work => saveScaleLayouts(work, layouts))
  return { __typename: 'SetScaleLayoutsSuccess' as const, scaleLayouts: layouts }
}
