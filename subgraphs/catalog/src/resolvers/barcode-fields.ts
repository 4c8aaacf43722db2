import { refusal } from '@tillgraph/kit/errors'
import type { BarcodeResolvers } from '../../generated/graphql.ts'
import { PNG_SCALE_LEAST, PNG_SCALE_MOST } from '../images/barcode-images.ts'

const PNG_SCALE = 2

export const Barcode: BarcodeResolvers = {
  svg: (barcode, _, { images }) => images.svg(barcode),
  png(barcode, { scale }, { images }) {
    const pixels = scale ?? PNG_SCALE
    if (!Number.isInteger(pixels) || pixels < PNG_SCALE_LEAST || pixels > PNG_SCALE_MOST)
      throw refusal('BAD_USER_INPUT', `scale must be a whole number from ${PNG_SCALE_LEAST} to ${PNG_SCALE_MOST}`)
    return images.png(barcode, pixels)
  },
}
