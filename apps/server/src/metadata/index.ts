export { DownloadError, type DownloadErrorCode, downloadErrorCodes } from './download.ts';
export {
  createRefreshedMetadata,
  type MetadataLog,
  pauseAfterFailure,
  type RefreshedMetadata,
} from './refreshed-metadata.ts';
export { openSigner } from './signer.ts';
