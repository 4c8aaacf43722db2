import { describe, expect, test } from 'vitest'
import { ancestorPaths, isWithin, placeIn, refuseMove, subtreeEnd } from './category.ts'

const top = { id: 'top', path: '1.', depth: 1 }
const inner = { id: 'inner', path: '1.12.', depth: 2 }
const other = { id: 'other', path: '11.', depth: 1 }

describe('where a category stands', () => {
  test('is behind what it stands in', () => {
    expect(placeIn(null, 7)).toEqual({ path: '7.', depth: 1 })
    expect(placeIn(inner, 3)).toEqual({ path: '1.12.3.', depth: 3 })
    expect(ancestorPaths('1.12.3.')).toEqual(['1.', '1.12.'])
    expect(ancestorPaths('7.')).toEqual([])
  })

  test('is within a range that holds all beneath it and nothing beside it', () => {
    const holds = (path: string) => path >= top.path && path < subtreeEnd(top.path)
    expect(['1.', '1.1.', '1.12.', '1.999.1.'].every(holds)).toBe(true)
    expect(['11.', '10.', '2.', '0.', '1'].some(holds)).toBe(false)
    expect(isWithin(inner, top)).toBe(true)
    expect(isWithin(other, top)).toBe(false)
  })
})

describe('a move', () => {
  test('into itself or beneath itself is refused', () => {
    expect(refuseMove(top, 2, top)).toBe('IN_ITSELF')
    expect(refuseMove(top, 2, inner)).toBe('IN_ITSELF')
    expect(refuseMove(top, 2, other)).toBeUndefined()
    expect(refuseMove(inner, 1, null)).toBeUndefined()
  })

  test('is refused when something would stand deeper than eight', () => {
    const deep = { id: 'deep', path: '2.3.4.5.6.', depth: 5 }
    expect(refuseMove(top, 3, deep)).toBeUndefined()
    expect(refuseMove(top, 4, deep)).toBe('TOO_DEEP')
  })
})
