import { texts } from './console.ts';
import { errors } from './errors.ts';

export const en = { ...texts, errors };
