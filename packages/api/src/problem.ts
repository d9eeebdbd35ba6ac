import { type Static, Type } from 'typebox';

/** One fault of a document that was sent, at its place. */
export const ProblemFault = Type.Object({
  at: Type.String({ description: 'JSON pointer (RFC 6901); empty for the whole' }),
  rule: Type.String({ description: 'a stable word' }),
  values: Type.Record(Type.String(), Type.Union([Type.String(), Type.Number()])),
  what: Type.String({ description: 'in English, to be read after the place' }),
});
export type ProblemFault = Static<typeof ProblemFault>;

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
    faults: Type.Optional(Type.Array(ProblemFault, { description: 'of `document-invalid`: all of them' })),
  },
  { $id: 'Problem' },
);
export type Problem = Static<typeof Problem>;
