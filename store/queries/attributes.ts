/** Attributes in conditions and in answers. */

export interface AttributeFilter {
  key: string;
  value: string;
}

/** Characters of an attribute's value that are read; a longer one says how long it was. 480 spans of 1 MB took 23 s. */
export const MAX_VALUE = 16_384;

/** SQL: a text, cut. */
export const cutText = (text: string): string =>
  `if(length(${text}) > ${MAX_VALUE}, substringUTF8(${text}, 1, ${MAX_VALUE}), ${text})`;

/** SQL: a map with its long values cut, which say so. */
export const cutMap = (map: string): string =>
  `mapApply((k, v) -> (k, if(length(v) > ${MAX_VALUE}, concat(substringUTF8(v, 1, ${MAX_VALUE}), ' … cut, ', toString(length(v)), ' bytes in all'), v)), ${map})`;

/**
 * One SQL condition for each filter: any of the maps has exactly this value under this key.
 * @returns also the parameters they bind, `key0`, `value0`, …
 */
export function attributeConditions(
  filters: readonly AttributeFilter[],
  maps: readonly string[],
): { conditions: string[]; params: Record<string, string> } {
  const params: Record<string, string> = {};
  const conditions = filters.map(({ key, value }, i) => {
    params[`key${i}`] = key;
    params[`value${i}`] = value;
    const has = (map: string) =>
      `(mapContains(${map}, {key${i}:String}) AND ${map}[{key${i}:String}] = {value${i}:String})`;
    return `(${maps.map(has).join(' OR ')})`;
  });
  return { conditions, params };
}
