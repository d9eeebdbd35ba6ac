import { stat } from 'node:fs/promises';
import { join } from 'node:path';
// Adds reply.sendFile.
import type {} from '@fastify/static';
import type { FastifyReply } from 'fastify';
import { HttpRefusal } from '../http/refusal.ts';

/** The built pages of apps/web. */
export interface PageFiles {
  /** Absolute. */
  readonly folder: string;
}

/** @param name ours, never the caller's */
export async function sendPage(reply: FastifyReply, files: PageFiles, name: string): Promise<null> {
  await stat(join(files.folder, name)).catch((cause: unknown) => {
    throw new HttpRefusal('pages-missing', 'The pages of Keywarden are not built.', {
      cause,
      advice: 'Run `npm run build` where the server was installed, then reload.',
    });
  });
  reply.header('cache-control', 'no-cache');
  reply.sendFile(name, files.folder, { cacheControl: false });
  return null;
}

/** Files whose names carry a digest of their content. */
export function sendAsset(reply: FastifyReply, files: PageFiles, name: string): null {
  reply.sendFile(name, join(files.folder, 'assets'), { immutable: true, maxAge: '365d' });
  return null;
}
