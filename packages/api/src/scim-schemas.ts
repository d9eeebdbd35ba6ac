/** An attribute as RFC 7643 §7 describes it. */
export interface ScimAttribute {
  readonly name: string;
  readonly type: 'string' | 'boolean' | 'dateTime' | 'reference' | 'binary' | 'complex';
  readonly multiValued: boolean;
  readonly description: string;
  readonly required: boolean;
  readonly caseExact: boolean;
  readonly mutability: 'readOnly' | 'readWrite' | 'immutable' | 'writeOnly';
  readonly returned: 'always' | 'never' | 'default' | 'request';
  readonly uniqueness: 'none' | 'server' | 'global';
  readonly canonicalValues?: readonly string[];
  readonly referenceTypes?: readonly string[];
  readonly subAttributes?: readonly ScimAttribute[];
}

export interface ScimSchema {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly attributes: readonly ScimAttribute[];
}

type Options = Partial<Omit<ScimAttribute, 'name' | 'description'>>;

function attribute(name: string, description: string, options: Options = {}): ScimAttribute {
  return {
    name,
    type: 'string',
    multiValued: false,
    description,
    required: false,
    caseExact: false,
    mutability: 'readWrite',
    returned: 'default',
    uniqueness: 'none',
    ...options,
  };
}

const complex = (
  name: string,
  description: string,
  subAttributes: readonly ScimAttribute[],
  options: Options = {},
) => attribute(name, description, { type: 'complex', subAttributes, ...options });

/** RFC 7643 §2.4: what the elements of most multi-valued attributes have. */
function many(
  name: string,
  description: string,
  options: { value?: Options; types?: readonly string[] } = {},
): ScimAttribute {
  return complex(
    name,
    description,
    [
      attribute('value', 'The value', options.value),
      attribute('display', 'The value for people to read'),
      attribute('type', 'What kind of value it is', {
        ...(options.types === undefined ? {} : { canonicalValues: options.types }),
      }),
      attribute('primary', 'Whether it is the preferred one; at most one is', { type: 'boolean' }),
    ],
    { multiValued: true },
  );
}

export const userSchemaId = 'urn:ietf:params:scim:schemas:core:2.0:User';
export const groupSchemaId = 'urn:ietf:params:scim:schemas:core:2.0:Group';
export const enterpriseSchemaId = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
/** A passkey as a resource: no standard has it, so the name is ours. */
export const deviceSchemaId = 'urn:keywarden:params:scim:schemas:core:2.0:Device';

/** RFC 7643 §3.1; every resource has them, and no schema lists them. */
export const scimCommonAttributes: readonly ScimAttribute[] = [
  attribute('schemas', 'The schemas of the resource', {
    type: 'reference',
    multiValued: true,
    caseExact: true,
    returned: 'always',
  }),
  attribute('id', 'The id that the server gave it', {
    caseExact: true,
    mutability: 'readOnly',
    returned: 'always',
    uniqueness: 'server',
  }),
  attribute('externalId', 'The id that the provisioning client gave it', { caseExact: true }),
  complex(
    'meta',
    'What the server says of it',
    [
      attribute('resourceType', 'Its type', { caseExact: true, mutability: 'readOnly' }),
      attribute('created', 'When it was made', { type: 'dateTime', mutability: 'readOnly' }),
      attribute('lastModified', 'When it was last changed', { type: 'dateTime', mutability: 'readOnly' }),
      attribute('location', 'Its address', { type: 'reference', caseExact: true, mutability: 'readOnly' }),
      attribute('version', 'Its entity tag', { caseExact: true, mutability: 'readOnly' }),
    ],
    { mutability: 'readOnly' },
  ),
];

const userSchema: ScimSchema = {
  id: userSchemaId,
  name: 'User',
  description: 'A person of the directory',
  attributes: [
    attribute('userName', 'The name to sign in with; compared without regard to case', {
      required: true,
      uniqueness: 'server',
    }),
    complex('name', 'The parts of the name', [
      attribute('formatted', 'The whole name'),
      attribute('familyName', 'The family name'),
      attribute('givenName', 'The given name'),
      attribute('middleName', 'The middle name'),
      attribute('honorificPrefix', 'Such as Dr.'),
      attribute('honorificSuffix', 'Such as III'),
    ]),
    attribute('displayName', 'The name to show; made of the others where it is not given'),
    attribute('nickName', 'How she is called'),
    attribute('profileUrl', 'A page about her', { type: 'reference', referenceTypes: ['external'] }),
    attribute('title', 'Such as Vice President'),
    attribute('userType', 'Such as Contractor or Employee'),
    attribute('preferredLanguage', 'As in Accept-Language'),
    attribute('locale', 'For dates, numbers and currency'),
    attribute('timezone', 'Such as Europe/Zurich'),
    attribute('active', 'Whether she may sign in', { type: 'boolean' }),
    attribute('password', 'Taken and forgotten: people sign in as the tenant’s workflow says', {
      mutability: 'writeOnly',
      returned: 'never',
    }),
    many('emails', 'E-mail addresses', { types: ['work', 'home', 'other'] }),
    many('phoneNumbers', 'Phone numbers', {
      types: ['work', 'home', 'mobile', 'fax', 'pager', 'other'],
    }),
    many('ims', 'Instant messaging addresses'),
    many('photos', 'Addresses of pictures', {
      value: { type: 'reference', caseExact: true, referenceTypes: ['external'] },
      types: ['photo', 'thumbnail'],
    }),
    complex(
      'addresses',
      'Postal addresses',
      [
        attribute('formatted', 'The whole address'),
        attribute('streetAddress', 'Street and number'),
        attribute('locality', 'City'),
        attribute('region', 'State or region'),
        attribute('postalCode', 'Postal code'),
        attribute('country', 'ISO 3166-1 alpha-2'),
        attribute('type', 'What kind of address it is', { canonicalValues: ['work', 'home', 'other'] }),
        attribute('primary', 'Whether it is the preferred one', { type: 'boolean' }),
      ],
      { multiValued: true },
    ),
    complex(
      'groups',
      'The groups that she is in; changed through the groups',
      [
        attribute('value', 'The id of the group', { caseExact: true, mutability: 'readOnly' }),
        attribute('$ref', 'The address of the group', {
          type: 'reference',
          caseExact: true,
          mutability: 'readOnly',
          referenceTypes: ['Group'],
        }),
        attribute('display', 'The name of the group', { mutability: 'readOnly' }),
        attribute('type', 'Always direct', { mutability: 'readOnly', canonicalValues: ['direct'] }),
      ],
      { multiValued: true, mutability: 'readOnly' },
    ),
    many('entitlements', 'What she may use'),
    many('roles', 'Such as Student or Faculty'),
    many('x509Certificates', 'Certificates', { value: { type: 'binary', caseExact: true } }),
  ],
};

const enterpriseSchema: ScimSchema = {
  id: enterpriseSchemaId,
  name: 'EnterpriseUser',
  description: 'What an organization knows of a user',
  attributes: [
    attribute('employeeNumber', 'The number of the employee'),
    attribute('costCenter', 'The cost center'),
    attribute('organization', 'The organization'),
    attribute('division', 'The division'),
    attribute('department', 'The department'),
    complex('manager', 'The manager', [
      attribute('value', 'The id of the manager', { caseExact: true }),
      attribute('$ref', 'The address of the manager', {
        type: 'reference',
        caseExact: true,
        referenceTypes: ['User'],
      }),
      attribute('displayName', 'The name of the manager'),
    ]),
  ],
};

const groupSchema: ScimSchema = {
  id: groupSchemaId,
  name: 'Group',
  description: 'A group of users',
  attributes: [
    attribute('displayName', 'The name of the group; unique without regard to case', {
      required: true,
      uniqueness: 'server',
    }),
    complex(
      'members',
      'The users who are in it; groups are no members',
      [
        attribute('value', 'The id of the user', { caseExact: true, mutability: 'immutable' }),
        attribute('$ref', 'The address of the user', {
          type: 'reference',
          caseExact: true,
          mutability: 'immutable',
          referenceTypes: ['User'],
        }),
        attribute('display', 'The name of the user', { mutability: 'readOnly' }),
        attribute('type', 'Always User', { mutability: 'immutable', canonicalValues: ['User'] }),
      ],
      { multiValued: true },
    ),
  ],
};

const deviceSchema: ScimSchema = {
  id: deviceSchemaId,
  name: 'Device',
  description: 'A passkey of a user',
  attributes: [
    attribute('friendlyName', 'What its owner calls it'),
    attribute('type', 'The tenant’s name of its kind, such as DT_FIDO', {
      caseExact: true,
      mutability: 'immutable',
    }),
    complex('owner', 'The user whose passkey it is; an empty value takes it away', [
      attribute('value', 'The id of the user', { caseExact: true }),
      attribute('display', 'The username of the user', { mutability: 'readOnly' }),
      attribute('$ref', 'The address of the user', {
        type: 'reference',
        caseExact: true,
        mutability: 'readOnly',
        referenceTypes: ['User'],
      }),
    ]),
    complex('status', 'Where it is in its life', [
      attribute('status', 'Only SUSPENDED returns to ACTIVE; REVOKED and TERMINATED are the end', {
        canonicalValues: ['PENDING', 'ACTIVE', 'SUSPENDED', 'REVOKED', 'TERMINATED'],
      }),
      attribute('active', 'Whether it may be used now: ACTIVE and valid', {
        type: 'boolean',
        mutability: 'readOnly',
      }),
    ]),
    complex('validity', 'When it may be used', [
      attribute('startDate', 'From then on', { type: 'dateTime' }),
      attribute('expiryDate', 'Until then', { type: 'dateTime' }),
    ]),
  ],
};

export interface ScimResourceType {
  readonly name: 'User' | 'Group' | 'Device';
  readonly endpoint: string;
  readonly description: string;
  readonly schema: ScimSchema;
  readonly extensions: readonly ScimSchema[];
}

export const scimResourceTypes = {
  User: {
    name: 'User',
    endpoint: '/Users',
    description: 'People of the directory',
    schema: userSchema,
    extensions: [enterpriseSchema],
  },
  Group: {
    name: 'Group',
    endpoint: '/Groups',
    description: 'Groups of users',
    schema: groupSchema,
    extensions: [],
  },
  Device: {
    name: 'Device',
    endpoint: '/Device',
    description: 'Passkeys',
    schema: deviceSchema,
    extensions: [],
  },
} as const satisfies Record<string, ScimResourceType>;

export const scimSchemas: readonly ScimSchema[] = [userSchema, enterpriseSchema, groupSchema, deviceSchema];
