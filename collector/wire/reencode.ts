/** The rare way: legal protobuf that the engine cannot read is decoded and written anew by the protobuf library. */
import { create, createFileRegistry, type DescMessage, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  type DescriptorProto,
  DescriptorProtoSchema,
  type FieldDescriptorProto,
  FieldDescriptorProtoSchema,
  FileDescriptorProtoSchema,
  FieldDescriptorProto_Label as Label,
  OneofDescriptorProtoSchema,
  FieldDescriptorProto_Type as Type,
} from '@bufbuild/protobuf/wkt';
import { type Field, LAYOUT, type Layout } from '../../model/otlp.ts';
import { WireError } from './errors.ts';

/** Objects take far more memory than bytes, so this way is closed to large bodies. No SDK writes such requests. */
export const REENCODE_LIMIT = 4 * 1024 * 1024;

/**
 * Merges repeated singular fields, takes the last member of a oneof and truncates numbers, all as the protobuf
 * specification says. Fields the layout does not know are left out.
 * @param body approved by a walk
 * @throws WireError when it is too large for this
 */
export function reencode(body: Uint8Array, message: string): Uint8Array {
  if (body.length > REENCODE_LIMIT) throw new WireError('too_large_to_rewrite', REENCODE_LIMIT, message);
  const schema = descriptor(message);
  // The walk has bounded the depth; the library's own limit of 100 is below its 32 levels of values.
  return toBinary(schema, fromBinary(schema, body, { readUnknownFields: false, recursionLimit: 200 }));
}

const PACKAGE = 'otlp';
let registry: ReturnType<typeof createFileRegistry> | undefined;

/** The library's descriptor of a message of the layout. */
export function descriptor(message: string): DescMessage {
  registry ??= registryOf(LAYOUT);
  return registry.getMessage(`${PACKAGE}.${message}`)!;
}

function registryOf(layout: Layout) {
  const file = create(FileDescriptorProtoSchema, {
    name: 'otlp.proto',
    package: PACKAGE,
    syntax: 'proto3',
    messageType: Object.entries(layout).map(([name, fields]) => messageOf(name, fields, layout)),
  });
  return createFileRegistry(file, () => undefined);
}

function messageOf(name: string, fields: readonly Field[], layout: Layout): DescriptorProto {
  const message = create(DescriptorProtoSchema, { name });
  const oneofs = new Map<string, number>();
  // Real oneofs stand before the synthetic ones of optional fields.
  if (fields.some((f) => f.rule === 'oneof')) oneofs.set('kind', 0);
  for (const field of fields) if (field.rule === 'optional') oneofs.set(`_${field.name}`, oneofs.size);
  message.oneofDecl = [...oneofs.keys()].map((oneof) => create(OneofDescriptorProtoSchema, { name: oneof }));
  message.field = fields.map((field) => {
    const proto = fieldOf(field, field.type in layout);
    if (field.rule === 'oneof') proto.oneofIndex = 0;
    if (field.rule === 'optional') {
      proto.oneofIndex = oneofs.get(`_${field.name}`)!;
      proto.proto3Optional = true;
    }
    return proto;
  });
  return message;
}

/** As protoc writes it: lowerCamelCase. */
export const jsonName = (name: string): string =>
  name.replace(/_([a-z0-9])/g, (_, c: string) => c.toUpperCase());

function fieldOf(field: Field, isMessage: boolean): FieldDescriptorProto {
  const proto = create(FieldDescriptorProtoSchema, {
    name: field.name,
    jsonName: jsonName(field.name),
    number: field.number,
    label: field.rule === 'repeated' ? Label.REPEATED : Label.OPTIONAL,
    type: isMessage ? Type.MESSAGE : Type[field.type.toUpperCase() as keyof typeof Type],
  });
  if (isMessage) proto.typeName = `.${PACKAGE}.${field.type}`;
  return proto;
}
