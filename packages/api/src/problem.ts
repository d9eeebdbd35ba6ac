import { type Static, Type } from 'typebox';

/** RFC 9457, `application/problem+json`; `code` is the stable word that docs/errors.md explains. */
export const Problem = Type.Object(
  {
    type: Type.String({ description: 'urn:keywarden:error:<code>' }),
    title: Type.String({ description: 'what happened, in a sentence for the person who asked' }),
    status: Type.Integer(),
    code: Type.String(),
    detail: Type.Optional(Type.String({ description: 'what to do next' })),
    instance: Type.Optional(Type.String({ description: 'the request id, to quote to support' })),
    particulars: Type.Optional(
      Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()])),
    ),
  },
  { $id: 'Problem' },
);
export type Problem = Static<typeof Problem>;
