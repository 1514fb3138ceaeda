/** The order of a table as it stands in the URL: `sort=p95`, or `sort=-p95` for the smallest first. */

export interface Sort {
  by: string;
  ascending: boolean;
}

/** Names read from A on; every number is of interest from its largest on. */
export function sortOf(param: string | null, columns: readonly string[], otherwise: string): Sort {
  const by = (param ?? '').replace(/^-/, '');
  if (!columns.includes(by)) return { by: otherwise, ascending: isName(otherwise) };
  return { by, ascending: isName(by) !== (param ?? '').startsWith('-') };
}

/** The parameter after a click on the header of `column`: the second click turns the order round. */
export function nextSort(sort: Sort, column: string): string {
  const natural = isName(column);
  return sort.by === column && sort.ascending === natural ? `-${column}` : column;
}

function isName(column: string): boolean {
  return column === 'name' || column === 'kind' || column === 'release';
}

/** Sorted copy. Missing values come last in either order; equal ones keep to `tie`, so that live rows do not jump. */
export function sorted<T>(
  rows: readonly T[],
  value: (row: T) => number | string | null,
  ascending: boolean,
  tie: (row: T) => string,
): T[] {
  const sign = ascending ? 1 : -1;
  return [...rows].sort((a, b) => {
    const x = value(a);
    const y = value(b);
    if (x === null || y === null) return x === y ? compare(tie(a), tie(b)) : x === null ? 1 : -1;
    return sign * compare(x, y) || compare(tie(a), tie(b));
  });
}

function compare<T extends number | string>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
