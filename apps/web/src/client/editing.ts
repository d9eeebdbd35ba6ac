import {
  DocumentReview,
  FlowPreview,
  ReviewedTheme,
  ReviewedWorkflow,
  StoredTheme,
  StoredWorkflow,
  Theme,
  ThemeList,
  UploadedImage,
  VersionPage,
  WorkflowReview,
} from '@keywarden/api';
import { Type } from 'typebox';
import { type Http, send } from './request.ts';

const Nothing = Type.Union([Type.Null(), Type.Unknown()]);

export interface DocumentChange {
  readonly version: number;
  readonly document: unknown;
  readonly note: string;
}

/** The part of the management API that the editors use; apart, so that it is fetched with them. */
export function createEditing(http: Http, tenant: string) {
  const base = `/${encodeURIComponent(tenant)}/api/v1`;
  const at = (...parts: readonly (string | number)[]) =>
    [base, ...parts.map((part) => encodeURIComponent(part))].join('/');
  const post = (path: string, body: unknown) => ({ method: 'POST' as const, path, body });
  const put = (path: string, body: unknown) => ({ method: 'PUT' as const, path, body });
  const pageOf = (after: string | undefined) =>
    after === undefined ? '?limit=50' : `?limit=50&after=${encodeURIComponent(after)}`;

  return {
    workflow: (signal?: AbortSignal) =>
      send(http, { path: at('workflow'), answer: ReviewedWorkflow, signal }),
    storeWorkflow: (change: DocumentChange) =>
      send(http, { ...put(at('workflow'), change), answer: ReviewedWorkflow }),
    workflowVersions: (after?: string, signal?: AbortSignal) =>
      send(http, { path: `${at('workflow', 'versions')}${pageOf(after)}`, answer: VersionPage, signal }),
    workflowVersion: (version: number, signal?: AbortSignal) =>
      send(http, { path: at('workflow', 'versions', version), answer: StoredWorkflow, signal }),
    validateWorkflow: (document: unknown, signal?: AbortSignal) =>
      send(http, { ...post(at('workflow', 'validate'), { document }), answer: WorkflowReview, signal }),
    preview: (username: string, document: unknown) =>
      send(http, { ...post(at('workflow', 'preview'), { username, document }), answer: FlowPreview }),

    themes: (signal?: AbortSignal) => send(http, { path: at('themes'), answer: ThemeList, signal }),
    theme: (themeId: string, signal?: AbortSignal) =>
      send(http, { path: at('themes', themeId), answer: ReviewedTheme, signal }),
    storeTheme: (themeId: string, change: DocumentChange) =>
      send(http, { ...put(at('themes', themeId), change), answer: ReviewedTheme }),
    deleteTheme: (themeId: string) =>
      send(http, { method: 'DELETE', path: at('themes', themeId), answer: Nothing }),
    themeVersions: (themeId: string, after?: string, signal?: AbortSignal) =>
      send(http, {
        path: `${at('themes', themeId, 'versions')}${pageOf(after)}`,
        answer: VersionPage,
        signal,
      }),
    themeVersion: (themeId: string, version: number, signal?: AbortSignal) =>
      send(http, { path: at('themes', themeId, 'versions', version), answer: StoredTheme, signal }),
    validateTheme: (document: unknown, signal?: AbortSignal) =>
      send(http, { ...post(at('themes', 'validate'), { document }), answer: DocumentReview, signal }),
    previewTheme: (themeId: string, draft: { document: unknown; lang: string }, signal?: AbortSignal) =>
      send(http, { ...post(at('themes', themeId, 'preview'), draft), answer: Theme, signal }),
    uploadImage: (image: { readonly mediaType: string; readonly data: string }) =>
      send(http, { ...post(at('themes', 'images'), image), answer: UploadedImage }),
  };
}
export type Editing = ReturnType<typeof createEditing>;
