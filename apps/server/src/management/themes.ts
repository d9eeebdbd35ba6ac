import {
  ChangeDocument,
  DocumentReview,
  PageQuery,
  PreviewTheme,
  ReviewedTheme,
  StoredTheme,
  Theme,
  ThemeList,
  UploadedImage,
  UploadImage,
  ValidateDocument,
  VersionPage,
} from '@keywarden/api';
import {
  deleteTheme,
  getTheme,
  getThemeVersion,
  listThemes,
  listThemeVersions,
  permissions,
  previewTheme,
  storeTheme,
  uploadThemeImage,
  validateTheme,
} from '@keywarden/domain';
import { Type } from 'typebox';
import { type Route, route } from '../http/route.ts';
import { themeImageAddress } from '../http/theme-image.ts';
import { themeView } from '../http/theme-view.ts';
import { pageRequest, pageView } from './views.ts';

const themeId = Type.String({ pattern: '^[a-z0-9][a-z0-9_-]{0,62}$' });
const ThemeParams = Type.Object({ themeId });
const VersionParams = Type.Object({
  themeId,
  version: Type.Integer({ minimum: 1, maximum: 2_147_483_647 }),
});

/** How the sign-in pages look and speak. */
export const themeRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/:tenant/api/v1/themes',
    door: 'management',
    access: permissions['themes.read'],
    summary: 'The newest version of each theme',
    schema: { response: { 200: ThemeList } },
    handle: async ({ ports, actor, tenantId }) => ({
      status: 200,
      body: { items: await listThemes(ports, actor, { tenantId }) },
    }),
  }),
  route({
    method: 'POST',
    path: '/:tenant/api/v1/themes/validate',
    door: 'management',
    access: permissions['themes.read'],
    summary: 'Every fault and warning of a theme, which is not stored',
    schema: { body: ValidateDocument, response: { 200: DocumentReview } },
    handle: async ({ ports, actor, tenantId, body }) => ({
      status: 200,
      body: await validateTheme(ports, actor, { tenantId, document: body.document }),
    }),
  }),
  route({
    method: 'POST',
    path: '/:tenant/api/v1/themes/images',
    door: 'management',
    access: permissions['themes.write'],
    summary: 'Keeps an image that a theme may show from its next version on',
    schema: { body: UploadImage, response: { 201: UploadedImage } },
    handle: async ({ ports, actor, tenantId, body }) => {
      const { mediaType, data } = body;
      const bytes = new Uint8Array(Buffer.from(data, 'base64'));
      const { digest } = await uploadThemeImage(ports, actor, { tenantId, mediaType, bytes });
      return { status: 201, body: { digest, address: themeImageAddress(ports, { tenantId, digest }) } };
    },
  }),
  route({
    method: 'GET',
    path: '/:tenant/api/v1/themes/:themeId',
    door: 'management',
    access: permissions['themes.read'],
    summary: 'The newest version of a theme',
    schema: { params: ThemeParams, response: { 200: ReviewedTheme } },
    handle: async ({ ports, actor, tenantId, params }) => ({
      status: 200,
      body: await getTheme(ports, actor, { tenantId, themeId: params.themeId }),
    }),
  }),
  route({
    method: 'PUT',
    path: '/:tenant/api/v1/themes/:themeId',
    door: 'management',
    access: permissions['themes.write'],
    summary: 'Stores the next version of a theme, the first with version 0; every fault is told at its place',
    schema: { params: ThemeParams, body: ChangeDocument, response: { 200: ReviewedTheme } },
    handle: async ({ ports, actor, tenantId, params, body }) => ({
      status: 200,
      body: await storeTheme(ports, actor, { tenantId, themeId: params.themeId, ...body }),
    }),
  }),
  route({
    method: 'DELETE',
    path: '/:tenant/api/v1/themes/:themeId',
    door: 'management',
    access: permissions['themes.write'],
    summary: 'Deletes a theme that the workflow does not name, with all its versions',
    schema: { params: ThemeParams, response: {} },
    handle: async ({ ports, actor, tenantId, params }) => {
      await deleteTheme(ports, actor, { tenantId, themeId: params.themeId });
      return { status: 204 };
    },
  }),
  route({
    method: 'POST',
    path: '/:tenant/api/v1/themes/:themeId/preview',
    door: 'management',
    access: permissions['themes.read'],
    summary: 'A theme that is not stored, as the pages would be told of it',
    schema: { params: ThemeParams, body: PreviewTheme, response: { 200: Theme } },
    handle: async ({ ports, actor, tenantId, params, body }) => {
      const { document, lang } = body;
      const theme = await previewTheme(ports, actor, { tenantId, ...params, document, languages: [lang] });
      return { status: 200, body: themeView(theme, { ports, tenantId }) };
    },
  }),
  route({
    method: 'GET',
    path: '/:tenant/api/v1/themes/:themeId/versions',
    door: 'management',
    access: permissions['themes.read'],
    summary: 'Who stored which version, the newest first',
    schema: { params: ThemeParams, query: PageQuery, response: { 200: VersionPage } },
    handle: async ({ ports, actor, tenantId, params, query }) => {
      const page = await listThemeVersions(ports, actor, {
        tenantId,
        themeId: params.themeId,
        page: pageRequest(query),
      });
      return { status: 200, body: pageView(page, (head) => head) };
    },
  }),
  route({
    method: 'GET',
    path: '/:tenant/api/v1/themes/:themeId/versions/:version',
    door: 'management',
    access: permissions['themes.read'],
    summary: 'One version of a theme',
    schema: { params: VersionParams, response: { 200: StoredTheme } },
    handle: async ({ ports, actor, tenantId, params }) => ({
      status: 200,
      body: await getThemeVersion(ports, actor, { tenantId, ...params }),
    }),
  }),
];
