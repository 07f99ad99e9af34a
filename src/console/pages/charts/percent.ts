/** `2.61 %` of a share. Small ones get two digits after the point. */
export const percent = (share: number): string =>
  `${(share * 100).toLocaleString('en', { maximumFractionDigits: share < 0.1 ? 2 : 1 })} %`
