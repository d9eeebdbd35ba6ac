/** Why a download did not come to an end. Closed. */
export const downloadErrorCodes = [
  'download-unreachable',
  'download-refused',
  'download-too-large',
  'download-timed-out',
] as const;

export type DownloadErrorCode = (typeof downloadErrorCodes)[number];

/** Names no address: one may carry a secret. */
export class DownloadError extends Error {
  override readonly name = 'DownloadError';
  readonly code: DownloadErrorCode;

  constructor(code: DownloadErrorCode, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
  }
}

export interface DownloadLimits {
  /** Bytes, after the content coding was taken off. */
  readonly maximumLength: number;
  /** Milliseconds for all of it. */
  readonly timeout: number;
  /** The server stops. */
  readonly signal: AbortSignal;
}

/** The body of a GET, bounded in size and time. @throws DownloadError */
export async function download(url: string, limits: DownloadLimits): Promise<Uint8Array> {
  const timeout = AbortSignal.timeout(limits.timeout);
  try {
    const response = await fetch(url, { signal: AbortSignal.any([limits.signal, timeout]) });
    if (!response.ok || response.body === null) {
      await response.body?.cancel();
      throw new DownloadError('download-refused', `answered with status ${response.status}`);
    }
    return await readBody(response.body, limits.maximumLength);
  } catch (cause) {
    if (cause instanceof DownloadError) throw cause;
    if (timeout.aborted)
      throw new DownloadError('download-timed-out', `not done within ${limits.timeout} ms`, { cause });
    throw new DownloadError('download-unreachable', 'the connection failed', { cause });
  }
}

async function readBody(body: AsyncIterable<Uint8Array>, maximumLength: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of body) {
    length += part.length;
    // Leaving the loop ends the download.
    if (length > maximumLength)
      throw new DownloadError('download-too-large', `more than ${maximumLength} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts, length);
}
