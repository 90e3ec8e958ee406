// Generated from crd-like-schemas/mpijob.yaml by scripts/schema/generate.ts. Do not edit: change the schema, run the generator.
import type { SchemaNode } from './schema-node.js';

/** What a manifest may say, for the validator. */
export const SCHEMA: SchemaNode = {
  type: 'object',
  required: ['apiVersion', 'kind', 'metadata', 'spec'],
  properties: {
    apiVersion: { type: 'string', enum: ['mpiswarm.dev/v1'] },
    kind: { type: 'string', enum: ['MPIJob'] },
    metadata: {
      type: 'object',
      required: ['name'],
      properties: {
        name: {
          type: 'string',
          maxLength: 40,
          pattern: '^[a-z]([-a-z0-9]*[a-z0-9])?$',
          'x-mpiswarm-expect':
            'lower-case letters, digits and "-", starting with a letter and ending with a letter or digit',
        },
        namespace: {
          type: 'string',
          default: 'default',
          maxLength: 63,
          pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$',
          'x-mpiswarm-expect':
            'lower-case letters, digits and "-", starting and ending with a letter or digit',
        },
        labels: { type: 'object', default: {}, additionalProperties: { type: 'string' } },
        annotations: { type: 'object', default: {}, additionalProperties: { type: 'string' } },
      },
      additionalProperties: false,
    },
    spec: {
      type: 'object',
      required: ['image', 'workers', 'command'],
      properties: {
        image: {
          type: 'string',
          maxLength: 512,
          pattern:
            '^([A-Za-z0-9][A-Za-z0-9.-]*(:[0-9]+)?/)?[a-z0-9]+(([._]|__|-+)[a-z0-9]+)*(/[a-z0-9]+(([._]|__|-+)[a-z0-9]+)*)*(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(@sha256:[a-f0-9]{64})?$',
          'x-mpiswarm-expect': 'an image reference such as registry:5000/team/app:1.0',
        },
        imagePullPolicy: {
          type: 'string',
          enum: ['IfNotPresent', 'Always', 'Never'],
          default: 'IfNotPresent',
        },
        workers: {
          type: 'object',
          required: ['replicas'],
          properties: {
            replicas: { type: 'integer', minimum: 1, maximum: 512 },
            slots: { type: 'integer', minimum: 1, maximum: 256, default: 1 },
            maxPerNode: { type: 'integer', minimum: 1 },
            resources: {
              type: 'object',
              default: {},
              properties: {
                requests: {
                  type: 'object',
                  default: {},
                  properties: {
                    cpu: { type: 'string', format: 'cpu', 'x-mpiswarm-also': ['number'] },
                    memory: { type: 'string', format: 'memory', 'x-mpiswarm-also': ['number'] },
                  },
                  additionalProperties: false,
                },
                limits: {
                  type: 'object',
                  default: {},
                  properties: {
                    cpu: { type: 'string', format: 'cpu', 'x-mpiswarm-also': ['number'] },
                    memory: { type: 'string', format: 'memory', 'x-mpiswarm-also': ['number'] },
                  },
                  additionalProperties: false,
                },
              },
              additionalProperties: false,
            },
            placement: {
              type: 'object',
              default: {},
              properties: {
                constraints: {
                  type: 'array',
                  default: [],
                  items: {
                    type: 'string',
                    maxLength: 512,
                    pattern:
                      '^\\s*(node\\.(id|hostname|ip|role|platform\\.(os|arch))|(node|engine)\\.labels\\.[^\\s=!]+)\\s*(==|!=)\\s*[^\\s\\u0000][^\\n\\u0000]*$',
                    'x-mpiswarm-expect':
                      'a Swarm constraint such as node.labels.rack==r1 or node.role!=manager',
                  },
                },
                spread: {
                  type: 'array',
                  default: [],
                  items: {
                    type: 'string',
                    maxLength: 512,
                    pattern: '^(node|engine)\\.labels\\.[^\\s=!\\u0000]+$',
                    'x-mpiswarm-expect': 'a label such as node.labels.rack',
                  },
                },
              },
              additionalProperties: false,
            },
            env: {
              type: 'array',
              default: [],
              items: {
                type: 'object',
                required: ['name', 'value'],
                properties: {
                  name: {
                    type: 'string',
                    maxLength: 256,
                    pattern: '^[A-Za-z_][A-Za-z0-9_]*$',
                    'x-mpiswarm-expect': 'letters, digits and "_", not starting with a digit',
                  },
                  value: {
                    type: 'string',
                    pattern: '^[^\\u0000]*$',
                    'x-mpiswarm-expect': 'text without NUL',
                  },
                },
                additionalProperties: false,
              },
            },
            volumes: {
              type: 'array',
              default: [],
              items: {
                type: 'object',
                required: ['name', 'mountPath'],
                properties: {
                  name: {
                    type: 'string',
                    maxLength: 255,
                    pattern: '^[a-zA-Z0-9][a-zA-Z0-9_.-]+$',
                    'x-mpiswarm-expect':
                      'a Docker volume name (two or more of letters, digits, "_", "." and "-", starting with a letter or digit)',
                  },
                  mountPath: {
                    type: 'string',
                    maxLength: 1024,
                    pattern: '^/[^\\u0000\\n:,]*$',
                    'x-mpiswarm-expect': 'an absolute path without ":" and ","',
                  },
                  readOnly: { type: 'boolean', default: false },
                },
                additionalProperties: false,
              },
            },
            shmSize: { type: 'string', format: 'memory', 'x-mpiswarm-also': ['number'], default: '256Mi' },
            user: {
              type: 'string',
              maxLength: 128,
              'x-mpiswarm-also': ['number'],
              pattern: '^[a-zA-Z0-9_][a-zA-Z0-9_.-]*(:[a-zA-Z0-9_][a-zA-Z0-9_.-]*)?$',
              'x-mpiswarm-expect': 'a user, or user:group, by name or number',
            },
          },
          additionalProperties: false,
        },
        launcher: {
          type: 'object',
          default: {},
          properties: {
            mode: { type: 'string', enum: ['Dedicated', 'Worker0'], default: 'Dedicated' },
            resources: {
              type: 'object',
              default: {},
              properties: {
                requests: {
                  type: 'object',
                  default: {},
                  properties: {
                    cpu: { type: 'string', format: 'cpu', 'x-mpiswarm-also': ['number'] },
                    memory: { type: 'string', format: 'memory', 'x-mpiswarm-also': ['number'] },
                  },
                  additionalProperties: false,
                },
                limits: {
                  type: 'object',
                  default: {},
                  properties: {
                    cpu: { type: 'string', format: 'cpu', 'x-mpiswarm-also': ['number'] },
                    memory: { type: 'string', format: 'memory', 'x-mpiswarm-also': ['number'] },
                  },
                  additionalProperties: false,
                },
              },
              additionalProperties: false,
            },
          },
          additionalProperties: false,
        },
        network: {
          type: 'object',
          default: {},
          properties: {
            name: {
              type: 'string',
              default: 'mesos-overlay',
              pattern: '^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,62}$',
              'x-mpiswarm-expect':
                '2 to 63 of letters, digits, "_", "." and "-", starting with a letter or digit',
            },
            encrypted: { type: 'boolean', default: false },
            subnet: { type: 'string', format: 'subnet' },
          },
          additionalProperties: false,
        },
        ssh: {
          type: 'object',
          default: {},
          properties: { port: { type: 'integer', minimum: 1, maximum: 65535, default: 2022 } },
          additionalProperties: false,
        },
        mpi: {
          type: 'object',
          default: {},
          properties: {
            implementation: { type: 'string', enum: ['OpenMPI'], default: 'OpenMPI' },
            hostfile: {
              type: 'string',
              default: '/twister2/hostFile',
              maxLength: 1024,
              pattern: '^/([^\\u0000\\n]*[^\\u0000\\n/])$',
              'x-mpiswarm-expect': 'an absolute path of a file',
            },
            interface: { type: 'string', format: 'interface' },
            processes: { type: 'integer', minimum: 1 },
            npernode: { type: 'integer', minimum: 1 },
            mca: {
              type: 'object',
              default: {},
              additionalProperties: {
                type: 'string',
                'x-mpiswarm-also': ['number', 'boolean'],
                pattern: '^[^\\u0000\\r\\n]*$',
                'x-mpiswarm-expect': 'text without NUL and line breaks',
              },
            },
            args: {
              type: 'array',
              default: [],
              items: {
                type: 'string',
                pattern: '^[^\\u0000\\r\\n]*$',
                'x-mpiswarm-expect': 'text without NUL and line breaks',
              },
            },
            export: {
              type: 'array',
              default: [],
              items: {
                type: 'string',
                maxLength: 256,
                pattern: '^[A-Za-z_][A-Za-z0-9_]*$',
                'x-mpiswarm-expect':
                  'the name of a variable (letters, digits and "_", not starting with a digit)',
              },
            },
          },
          additionalProperties: false,
        },
        command: {
          type: 'array',
          minItems: 1,
          items: { type: 'string', pattern: '^[^\\u0000]*$', 'x-mpiswarm-expect': 'text without NUL' },
        },
        args: {
          type: 'array',
          default: [],
          items: { type: 'string', pattern: '^[^\\u0000]*$', 'x-mpiswarm-expect': 'text without NUL' },
        },
        runPolicy: {
          type: 'object',
          default: {},
          properties: {
            suspend: { type: 'boolean', default: false },
            cancel: { type: 'boolean', default: false },
            rerun: { type: 'string', maxLength: 256 },
            backoffLimit: { type: 'integer', minimum: 0, default: 0 },
            startDeadlineSeconds: { type: 'integer', minimum: 1 },
            activeDeadlineSeconds: { type: 'integer', minimum: 1 },
            ttlSecondsAfterFinished: { type: 'integer', minimum: 0 },
            cleanUpPolicy: { type: 'string', enum: ['Running', 'All', 'None'], default: 'Running' },
          },
          additionalProperties: false,
        },
      },
      additionalProperties: false,
    },
  },
  additionalProperties: false,
};
