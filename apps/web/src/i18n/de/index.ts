import type { en } from '../en/index.ts';
import { assignTexts } from './assign.ts';
import { consoleTexts } from './console.ts';
import { errors } from './errors.ts';
import { ends, happenings } from './happenings.ts';
import { particulars } from './particulars.ts';

export const de: typeof en = { ...consoleTexts, ...assignTexts, errors, happenings, ends, particulars };
