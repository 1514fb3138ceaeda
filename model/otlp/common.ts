/** `common/v1` and `resource/v1`: what all signals share. */
import { either, type Layout, many, one } from './fields.ts';

export const common: Layout = {
  KeyValue: [one(1, 'key', 'string'), one(2, 'value', 'AnyValue')],
  AnyValue: [
    either(1, 'string_value', 'string'),
    either(2, 'bool_value', 'bool'),
    either(3, 'int_value', 'int64'),
    either(4, 'double_value', 'double'),
    either(5, 'array_value', 'ArrayValue'),
    either(6, 'kvlist_value', 'KeyValueList'),
    either(7, 'bytes_value', 'bytes'),
  ],
  ArrayValue: [many(1, 'values', 'AnyValue')],
  KeyValueList: [many(1, 'values', 'KeyValue')],
  InstrumentationScope: [
    one(1, 'name', 'string'),
    one(2, 'version', 'string'),
    many(3, 'attributes', 'KeyValue'),
    one(4, 'dropped_attributes_count', 'uint32'),
  ],
  Resource: [
    many(1, 'attributes', 'KeyValue'),
    one(2, 'dropped_attributes_count', 'uint32'),
    many(3, 'entity_refs', 'EntityRef'),
  ],
  EntityRef: [
    one(1, 'schema_url', 'string'),
    one(2, 'type', 'string'),
    many(3, 'id_keys', 'string'),
    many(4, 'description_keys', 'string'),
  ],
};
