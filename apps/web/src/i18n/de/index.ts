import type { en } from '../en/index.ts';
import { texts } from './console.ts';
import { errors } from './errors.ts';

export const de: typeof en = { ...texts, errors };
