/** The part of JSON Schema that crd-like-schemas/mpijob.yaml uses. Its own extensions are explained there. */
export interface SchemaNode {
  readonly type: 'object' | 'array' | 'string' | 'integer' | 'boolean';
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: false | SchemaNode;
  readonly items?: SchemaNode;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly maxLength?: number;
  /** May be a list too, of objects with all the same fields and these besides; `maxItems` is the list's. */
  readonly 'x-mpiswarm-groups'?: SchemaNode;
  readonly 'x-mpiswarm-also'?: readonly ('number' | 'boolean')[];
  readonly 'x-mpiswarm-expect'?: string;
  readonly 'x-mpiswarm-any-of'?: readonly string[];
}
