import { toBuffer, toSVG } from 'bwip-js/node'
import { LRUCache } from 'lru-cache'
import type { ProductBarcode, Symbology } from '../domain/barcode.ts'

export const PNG_SCALE_LEAST = 1
export const PNG_SCALE_MOST = 8

/** What is kept of pictures that were drawn: labels are printed again and again. */
const KEPT_CHARACTERS_MOST = 16_000_000
const KEPT_MOST = 5_000

/** Of the bars, without the digits beneath them. */
const HEIGHT_MM = 15
const SVG_SCALE = 2

export interface BarcodeImages {
  /** An SVG document. */
  svg(barcode: Pick<ProductBarcode, 'code' | 'symbology'>): string
  /** A data URL of a PNG whose thinnest bar is `scale` pixels wide. */
  png(barcode: Pick<ProductBarcode, 'code' | 'symbology'>, scale: number): Promise<string>
}

const encoders: Readonly<Record<Symbology, string>> = {
  EAN_8: 'ean8',
  EAN_13: 'ean13',
  UPC_A: 'upca',
  UPC_E: 'upce',
  GTIN_14: 'itf14',
  CODE_128: 'code128',
  INTERNAL: 'code128',
}

/** Draws barcodes, and keeps what it has drawn. The same barcode is always the same picture. */
export function createBarcodeImages(): BarcodeImages {
  const kept = new LRUCache<string, string>({
    max: KEPT_MOST,
    maxSize: KEPT_CHARACTERS_MOST,
    sizeCalculation: picture => picture.length,
  })

  return {
    svg(barcode) {
      const key = `svg ${barcode.symbology} ${barcode.code}`
      const picture = kept.get(key) ?? toSVG({ ...optionsOf(barcode), scale: SVG_SCALE })
      kept.set(key, picture)
      return picture
    },
    async png(barcode, scale) {
      const key = `png ${scale} ${barcode.symbology} ${barcode.code}`
      const known = kept.get(key)
      if (known !== undefined) return known
      const image = await toBuffer({ ...optionsOf(barcode), scale, backgroundcolor: 'FFFFFF' })
      const picture = `data:image/png;base64,${image.toString('base64')}`
      kept.set(key, picture)
      return picture
    },
  }
}

function optionsOf({ code, symbology }: Pick<ProductBarcode, 'code' | 'symbology'>) {
  return {
    bcid: encoders[symbology],
    text: code,
    includetext: true,
    textxalign: 'center' as const,
    height: HEIGHT_MM,
    // the quiet zone without which a reader does not find the bars: ten times the thinnest
    paddingwidth: 10,
    paddingheight: 2,
  }
}
